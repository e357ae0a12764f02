internal import CParasite
internal import Images

/// Has the Swift runtime describe the types that tasks are the first to use, a list or a table of something mostly. It does
/// so once in each process, 10 µs or more for each type and as a rule with a page of the engine that is copied for it:
/// made by the engine, the descriptions are there in all tasks.
///
/// Which they are tells a probe at the runtime's `swift_getTypeByMangledNameInContext` while many tasks are restored. One
/// that is missing here costs time, and nothing else.
///
/// - Returns: How many values there is room for; whoever looks at it keeps the compiler from leaving types out.
@inline(never) func describeTypesOfTasks(count: Int) -> Int {
  func room<Element>(for _: Element.Type) -> Int {
    var list: [Element] = []
    list.reserveCapacity(count)
    return list.capacity
  }
  var table: [FileKey: Int32] = [:]
  for id in 0..<min(count, 4) { table[FileKey(type: .reg, id: UInt32(id))] = 0 }
  return table.count + [MemoryArena.Place?](repeating: nil, count: count).count + [Bool](repeating: false, count: count).count
    + room(for: memory_range.self) + room(for: memory_move.self) + room(for: memory_protection.self)
    + room(for: memory_advice.self) + room(for: RseqEntry?.self) + room(for: (offset: Int, element: ThreadPlan)?.self)
}
