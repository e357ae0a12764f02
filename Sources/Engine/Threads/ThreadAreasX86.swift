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
}
