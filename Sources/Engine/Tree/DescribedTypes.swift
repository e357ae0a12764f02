/// Types that the Swift runtime has described in this process. It does so at the first use of each, which takes it 10 µs or
/// more: what is used in a freeze, or in many processes that are copies of ours, is better described beforehand.
///
/// Which types those are tells a probe at the runtime's `swift_getTypeByMangledNameInContext2`. One that nobody describes
/// costs time, and nothing else.
struct DescribedTypes {
  /// One value of each, so that the compiler leaves none out.
  private var values: [Any] = []

  /// What is empty has no room, and needs no description.
  mutating func list<Element>(of _: Element.Type) {
    var list: [Element] = []
    list.reserveCapacity(1)
    values.append(list)
  }

  /// Made as tables mostly are, by putting something in: `reserveCapacity` leaves the description to the runtime's own code,
  /// which others do not find.
  mutating func table<Key: Hashable, Value>(_ key: Key, _ value: Value) {
    var table: [Key: Value] = [:]
    table[key] = value
    values.append(table)
  }

  mutating func set<Element: Hashable>(_ element: Element) {
    var set: Set<Element> = []
    set.insert(element)
    values.append(set)
  }

  /// Types that are used by themselves, as where values are copied.
  mutating func plain(_ types: [Any.Type]) { values += types.map { $0 as Any } }

  mutating func made(by value: Any) { values.append(value) }
}
