internal import CParasite
internal import Images

/// Has the Swift runtime describe the types that tasks are the first to use, a list or a table of something mostly. It does
/// so once in each process, 10 µs or more for each type and as a rule with a page of the engine that is copied for it:
/// made by the engine, the descriptions are there in all tasks.
///
/// Which they are tells a probe at the runtime's `swift_getTypeByMangledNameInContext` while many tasks are restored. One
/// that is missing here costs time, and nothing else.
@inline(never) func describeTypesOfTasks() {
  func describeList<Element>(of _: Element.Type) {
    var list: [Element] = []
    list.reserveCapacity(1)
    withExtendedLifetime(list) {}
  }
  describeList(of: Bool.self)
  describeList(of: MemoryArena.Place?.self)
  describeList(of: memory_range.self)
  describeList(of: memory_move.self)
  describeList(of: memory_protection.self)
  describeList(of: memory_advice.self)
  withExtendedLifetime(Dictionary<FileKey, Int32>(minimumCapacity: 1)) {}
  describeList(of: RseqEntry?.self)
  describeList(of: (offset: Int, element: ThreadPlan)?.self)
}
