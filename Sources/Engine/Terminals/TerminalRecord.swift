internal import Images
internal import Linux

/// Terminal modes and sizes between the kernel and the records.
extension TermiosEntry {
  /// Words of c_cc that a record has; the characters lie in the first five of them, four in each.
  private static let wordCount = 19

  init(_ modes: TerminalModes) {
    self.init()
    cIflag = modes.inputFlags
    cOflag = modes.outputFlags
    cCflag = modes.controlFlags
    cLflag = modes.localFlags
    cLine = UInt32(modes.lineDiscipline)
    var words = [UInt32](repeating: 0, count: TermiosEntry.wordCount)
    for (index, character) in modes.controlCharacters.enumerated() {
      words[index / 4] |= UInt32(character) << UInt32(index % 4 * 8)
    }
    cCc = words
  }

  var modes: TerminalModes {
    var modes = TerminalModes()
    modes.inputFlags = cIflag
    modes.outputFlags = cOflag
    modes.controlFlags = cCflag
    modes.localFlags = cLflag
    modes.lineDiscipline = UInt8(truncatingIfNeeded: cLine)
    for index in modes.controlCharacters.indices where index / 4 < cCc.count {
      modes.controlCharacters[index] = UInt8(truncatingIfNeeded: cCc[index / 4] >> UInt32(index % 4 * 8))
    }
    return modes
  }
}

extension WinsizeEntry {
  init(_ size: WindowSize) {
    self.init()
    wsRow = UInt32(size.rows)
    wsCol = UInt32(size.columns)
    wsXpixel = UInt32(size.pixelWidth)
    wsYpixel = UInt32(size.pixelHeight)
  }

  var size: WindowSize {
    WindowSize(
      rows: UInt16(truncatingIfNeeded: wsRow), columns: UInt16(truncatingIfNeeded: wsCol),
      pixelWidth: UInt16(truncatingIfNeeded: wsXpixel), pixelHeight: UInt16(truncatingIfNeeded: wsYpixel))
  }
}

/// What a terminal is, from its device number (linux/major.h) and what the user declared as external.
enum TerminalRole: Hashable {
  case master(index: UInt32)
  case slave(index: UInt32)
  /// /dev/tty: whatever is the terminal of the session.
  case controlling
  case console
  case virtual
  case serial
  /// Given at the restore by this name, "tty[8800:1a]".
  case external(key: String, number: UInt32)

  /// - Returns: `nil` for what is no terminal; a master's index is in the terminal itself.
  init?(device: DeviceNumber, pairIndex: UInt32) {
    switch (device.major, device.minor) {
    case (5, 0): self = .controlling
    case (5, 1): self = .console
    case (5, 2), (128...135, _): self = .master(index: pairIndex)
    case (136...143, _): self = .slave(index: device.minor)
    case (4, 0..<64): self = .virtual
    case (4, 64...), (188, _), (204, _): self = .serial
    default: return nil
    }
  }

  var type: TtyType {
    switch self {
    case .master, .slave: .pty
    case .controlling: .ctty
    case .console: .console
    case .virtual: .vt
    case .serial: .serial
    case .external: .extTty
    }
  }

  /// tty_info_entry.id
  var infoID: UInt32 {
    switch self {
    case .master(let index): 2 * index + 1
    case .slave(let index): 2 * index
    case .console: 2004
    case .virtual: 2008
    case .controlling: 2012
    case .serial: 2020
    case .external(_, let number): 2024 + 2 * number
    }
  }
}

extension TtyInfoEntry {
  var isMaster: Bool { type == .pty && id & 1 == 1 }
  var isSlave: Bool { type == .pty && id & 1 == 0 }
  /// By which a user gives a terminal to a restore.
  var key: String { "tty[\(String(rdev, radix: 16)):\(String(dev ?? 0, radix: 16))]" }
}
