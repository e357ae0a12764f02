internal import CLinux
internal import Glibc

/// A number that a terminal has, and that can be read or set (ioctl_tty(2)).
public struct TerminalRequest: Sendable {
  let number: UInt32

  /// Of a master: the number of the pair.
  public static let pairIndex = TerminalRequest(number: CL_TIOCGPTN)
  public static let isLocked = TerminalRequest(number: CL_TIOCGPTLCK)
  public static let setLocked = TerminalRequest(number: CL_TIOCSPTLCK)
  public static let isExclusive = TerminalRequest(number: CL_TIOCGEXCL)
  public static let isPacketMode = TerminalRequest(number: CL_TIOCGPKT)
  public static let setPacketMode = TerminalRequest(number: CL_TIOCPKT)
  public static let session = TerminalRequest(number: CL_TIOCGSID)
  public static let foregroundGroup = TerminalRequest(number: CL_TIOCGPGRP)
  public static let setForegroundGroup = TerminalRequest(number: CL_TIOCSPGRP)
  /// Bytes that can be read.
  public static let unreadByteCount = TerminalRequest(number: CL_FIONREAD)
}

/// termios(3), as the kernel has it.
public struct TerminalModes: Hashable, Sendable {
  public var inputFlags: UInt32 = 0
  public var outputFlags: UInt32 = 0
  public var controlFlags: UInt32 = 0
  public var localFlags: UInt32 = 0
  public var lineDiscipline: UInt8 = 0
  /// 19 of them.
  public var controlCharacters = [UInt8](repeating: 0, count: 19)

  public init() {}

  init(_ raw: cl_termios) {
    inputFlags = raw.input_flags
    outputFlags = raw.output_flags
    controlFlags = raw.control_flags
    localFlags = raw.local_flags
    lineDiscipline = raw.line_discipline
    controlCharacters = withUnsafeBytes(of: raw.control_characters) { [UInt8]($0) }
  }

  var raw: cl_termios {
    var raw = cl_termios()
    raw.input_flags = inputFlags
    raw.output_flags = outputFlags
    raw.control_flags = controlFlags
    raw.local_flags = localFlags
    raw.line_discipline = lineDiscipline
    withUnsafeMutableBytes(of: &raw.control_characters) { $0.copyBytes(from: controlCharacters.prefix(19)) }
    return raw
  }

  /// The ones in force, or the mask of those that cannot be changed.
  public enum Kind: Sendable { case current, locked }
}

public struct WindowSize: Hashable, Sendable {
  public var rows: UInt16
  public var columns: UInt16
  public var pixelWidth: UInt16
  public var pixelHeight: UInt16

  public init(rows: UInt16, columns: UInt16, pixelWidth: UInt16, pixelHeight: UInt16) {
    self.rows = rows
    self.columns = columns
    self.pixelWidth = pixelWidth
    self.pixelHeight = pixelHeight
  }
}

private let remedy = "Report this with the version of the kernel, and what terminal it is."

extension BorrowedFD {
  /// - Returns: `nil` for what is no terminal, or has no such number (`ENOTTY`, `EIO` for one that was hung up).
  public func terminalNumber(
    _ request: TerminalRequest, _ subject: @autoclosure () -> String
  ) throws(Failure) -> Int32? {
    var number: Int32 = 0
    do throws(Failure) {
      try terminal(request.number, &number, "ask the terminal", subject())
      return number
    } catch {
      if error.errno == .notTerminal || error.errno == .inputOutput { return nil }
      throw error
    }
  }

  public func setTerminalNumber(
    _ request: TerminalRequest, _ number: Int32, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    var number = number
    try terminal(request.number, &number, "set up the terminal", subject())
  }

  /// - Returns: `nil` for a terminal that was hung up.
  public func terminalModes(
    _ kind: TerminalModes.Kind, _ subject: @autoclosure () -> String
  ) throws(Failure) -> TerminalModes? {
    var raw = cl_termios()
    do throws(Failure) {
      let request = kind == .current ? UInt32(CL_TCGETS) : UInt32(CL_TIOCGLCKTRMIOS)
      try terminal(request, &raw, "read the modes of the terminal", subject())
      return TerminalModes(raw)
    } catch {
      if error.errno == .inputOutput { return nil }
      throw error
    }
  }

  public func setTerminalModes(
    _ modes: TerminalModes, _ kind: TerminalModes.Kind, _ subject: @autoclosure () -> String
  ) throws(Failure) {
    var raw = modes.raw
    let request = kind == .current ? UInt32(CL_TCSETS) : UInt32(CL_TIOCSLCKTRMIOS)
    try terminal(request, &raw, "set the modes of the terminal", subject())
  }

  public func windowSize(_ subject: @autoclosure () -> String) throws(Failure) -> WindowSize {
    var raw = cl_winsize()
    try terminal(CL_TIOCGWINSZ, &raw, "read the size of the terminal", subject())
    return WindowSize(
      rows: raw.rows, columns: raw.columns, pixelWidth: raw.pixel_width, pixelHeight: raw.pixel_height)
  }

  public func setWindowSize(_ size: WindowSize, _ subject: @autoclosure () -> String) throws(Failure) {
    var raw = cl_winsize(
      rows: size.rows, columns: size.columns, pixel_width: size.pixelWidth, pixel_height: size.pixelHeight)
    try terminal(CL_TIOCSWINSZ, &raw, "set the size of the terminal", subject())
  }

  /// No further opens but by privileged processes (TIOCEXCL).
  public func makeTerminalExclusive(_ subject: @autoclosure () -> String) throws(Failure) {
    var nothing: Int32 = 0
    try terminal(CL_TIOCEXCL, &nothing, "make the terminal exclusive", subject())
  }

  /// The terminal of the session that this process leads (TIOCSCTTY).
  public func becomeControllingTerminal(_ subject: @autoclosure () -> String) throws(Failure) {
    try check(
      "make it the terminal of the session", subject(), remedy: "Another session has this terminal: end that one first."
    ) { systemCall(SystemCall(SYS_ioctl), Int(raw), Int(CL_TIOCSCTTY), 0) }
  }

  /// The other side of a master, opened without a path (TIOCGPTPEER).
  ///
  /// - Parameter flags: O_RDWR and the like.
  public func openSlave(flags: UInt32, _ subject: @autoclosure () -> String) throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open the slave of the terminal", subject(), remedy: "The kernel must have TIOCGPTPEER (4.13).") {
          systemCall(
            SystemCall(SYS_ioctl), Int(raw), Int(CL_TIOCGPTPEER), Int(flags) | Int(CL_O_NOCTTY) | Int(CL_O_CLOEXEC))
        }))
  }

  private func terminal<T>(
    _ request: UInt32, _ argument: inout T, _ attempted: String, _ subject: String
  ) throws(Failure) {
    try check(attempted, subject, remedy: remedy) {
      withUnsafeMutableBytes(of: &argument) {
        systemCall(SystemCall(SYS_ioctl), Int(raw), Int(request), Int(bitPattern: $0.baseAddress))
      }
    }
  }
}

/// Runs `body` with SIGTTOU blocked in this thread, so that a terminal may be set up from its background.
public func withTerminalOutputAllowed<E: Error>(_ body: () throws(E) -> Void) throws(E) {
  var mask = UInt64(1) << UInt64(SIGTTOU - 1)
  var before: UInt64 = 0
  _ = withUnsafeMutableBytes(of: &mask) { mask in
    withUnsafeMutableBytes(of: &before) {
      systemCall(
        SystemCall(SYS_rt_sigprocmask), Int(SIG_BLOCK), Int(bitPattern: mask.baseAddress),
        Int(bitPattern: $0.baseAddress), 8)
    }
  }
  defer {
    _ = withUnsafeMutableBytes(of: &before) {
      systemCall(SystemCall(SYS_rt_sigprocmask), Int(SIG_SETMASK), Int(bitPattern: $0.baseAddress), 0, 8)
    }
  }
  try body()
}
