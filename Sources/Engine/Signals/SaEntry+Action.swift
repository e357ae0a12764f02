internal import CParasite
internal import Images
internal import Linux

extension SaEntry {
  /// - Parameter is32Bit: 32-bit code has set it. The kernel does not tell; a program sets all of its own.
  init(_ action: state_sigaction, is32Bit: Bool) {
    self.init()
    sigaction = action.handler
    flags = action.flags
    restorer = action.restorer
    mask = action.mask
    compatSigaction = is32Bit
  }

  var action: state_sigaction { state_sigaction(handler: sigaction, flags: flags, restorer: restorer, mask: mask) }

  /// Of the signal whose action is at this place of a task's list, which has neither SIGKILL (9) nor SIGSTOP (19).
  static func signal(at index: Int) -> Int { index + 1 + (index >= 8 ? 1 : 0) + (index >= 17 ? 1 : 0) }
}

/// Where a page can be mapped that 32-bit code has addresses for.
///
/// - Parameter mappings: All that are mapped then, but for what is above 4 GiB.
func freePage32Bit(beside mappings: [VmaEntry], subject: String) throws(Failure) -> UInt64 {
  let page: UInt64 = 4096
  var end: UInt64 = 1 << 16
  for mapping in mappings {
    // Neither right below a stack nor right above.
    if mapping.start > end, mapping.start - end >= 3 * page { return end + page }
    end = max(end, mapping.end)
  }
  guard end + 2 * page < CallConvention.code32.addressLimit else {
    throw Failure(
      "set signal actions of 32-bit code", subject, .noMemory,
      remedy: "It has no free page below 4 GiB: dump it while it uses less of its address space.")
  }
  return end + page
}
