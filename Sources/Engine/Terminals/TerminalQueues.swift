internal import Linux

/// What waits in a pair of terminals: typed and not read by the slave's program, printed and not read by the master's.
enum TerminalQueues {
  /// Most that is read of one side; the kernel holds less for a slave.
  private static let byteLimit = 16 << 10
  /// IXON (termios(3)): a change of it would be told to a master in packet mode.
  private static let flowControl: UInt32 = 0o2000

  /// Takes what can be read without waiting.
  ///
  /// - Parameter isPacketMode: Of a master: each read begins with a status byte (TIOCPKT).
  static func take(
    from terminal: BorrowedFD, isPacketMode: Bool, _ subject: String
  ) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < byteLimit, let count = try terminal.terminalNumber(.unreadByteCount, subject), count > 0 {
      var piece = [UInt8](repeating: 0, count: Int(count) + 1)
      let read = try terminal.read(into: &piece, subject)
      guard read > 0 else { break }
      bytes += piece[..<read].dropFirst(isPacketMode ? 1 : 0)
    }
    return bytes
  }

  /// Puts it (back) through the other side, with all modes off so that it arrives as it is written.
  static func put(
    forSlave: [UInt8], forMaster: [UInt8], master: BorrowedFD, slave: BorrowedFD, _ subject: String
  ) throws(Failure) {
    guard !forSlave.isEmpty || !forMaster.isEmpty else { return }
    guard let before = try master.terminalModes(.current, subject) else { return }
    var modes = before
    (modes.inputFlags, modes.outputFlags, modes.localFlags) = (before.inputFlags & flowControl, 0, 0)
    try master.setTerminalModes(modes, .current, subject)
    if !forMaster.isEmpty { try slave.write(forMaster.span.bytes, subject) }
    if !forSlave.isEmpty {
      try master.write(forSlave.span.bytes, subject)
      try waitUntilArrived(forSlave.count, at: slave, subject)
    }
    try master.setTerminalModes(before, .current, subject)
  }

  /// The kernel hands typed bytes over in its own time, and would echo them with the modes that come next.
  private static func waitUntilArrived(
    _ byteCount: Int, at slave: BorrowedFD, _ subject: String
  ) throws(Failure) {
    for _ in 0..<1000 {
      if let count = try slave.terminalNumber(.unreadByteCount, subject), count >= byteCount { return }
      pause(for: .milliseconds(1))
    }
    throw Failure(
      "put back what was typed", subject, .timedOut, remedy: "Try again: the machine was too busy to take it.")
  }
}
