internal import CParasite
internal import Images

extension DescribedTypes {
  /// Those that tasks are the first to use, each for itself, and as a rule with a page of the engine that is copied for it:
  /// described by the engine, they are there in all tasks.
  @inline(never) static func ofTasks() -> DescribedTypes {
    var types = DescribedTypes()
    types.list(of: Bool.self)
    types.list(of: MemoryArena.Place?.self)
    types.list(of: memory_range.self)
    types.list(of: memory_move.self)
    types.list(of: memory_protection.self)
    types.list(of: memory_advice.self)
    types.table(FileKey(type: .reg, id: 0), Int32(0))
    types.list(of: RseqEntry?.self)
    types.list(of: (offset: Int, element: ThreadPlan)?.self)
    return types
  }
}
