internal import Images
internal import Linux

extension UserDescT {
  /// Of struct user_desc (set_thread_area(2)).
  init(_ area: ThreadArea) {
    func bit(_ number: UInt32) -> Bool { area.flags >> number & 1 != 0 }
    self.init()
    entryNumber = area.entryNumber
    baseAddr = area.baseAddress
    limit = area.limit
    seg32bit = bit(0)
    contentsL = bit(1)
    contentsH = bit(2)
    readExecOnly = bit(3)
    limitInPages = bit(4)
    segNotPresent = bit(5)
    usable = bit(6)
  }

  /// Empty descriptors need no restore: a new thread has none.
  var isEmpty: Bool { segNotPresent && readExecOnly && baseAddr == 0 && limit == 0 }

  var area: ThreadArea {
    let bits = [seg32bit, contentsL, contentsH, readExecOnly, limitInPages, segNotPresent, usable]
    return ThreadArea(
      entryNumber: entryNumber, baseAddress: baseAddr, limit: limit,
      flags: bits.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt32($1.offset) : 0) })
  }
}

extension [UserDescT] {
  /// What a segment register that selects one of them adds to addresses; 0 for other selectors.
  ///
  ///     selector: 3-15 entry number | 2 table, 0 the global one | 0-1 privilege
  func base(of selector: UInt64) -> UInt64 {
    guard selector & 4 == 0, let area = first(where: { UInt64($0.entryNumber) == selector >> 3 }) else { return 0 }
    return UInt64(area.baseAddr)
  }
}
