// Written by imagegen from proto/tty.proto: change that and run `make images`.

internal import CImages
public import Linux

/// TtyType: a value that this version does not know stays what it is.
public struct TtyType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let unknown = Self(rawValue: 0)
  public static let pty = Self(rawValue: 1)
  public static let console = Self(rawValue: 2)
  public static let vt = Self(rawValue: 3)
  public static let ctty = Self(rawValue: 4)
  public static let extTty = Self(rawValue: 5)
  public static let serial = Self(rawValue: 6)

  public static let names: [UInt32: String] = [
    0: "UNKNOWN",
    1: "PTY",
    2: "CONSOLE",
    3: "VT",
    4: "CTTY",
    5: "EXT_TTY",
    6: "SERIAL",
  ]
}

/// winsize_entry
public struct WinsizeEntry: ImageMessage {
  /// TIOCGWINSZ rows
  public var wsRow: UInt32 = 0
  public var wsCol: UInt32 = 0
  public var wsXpixel: UInt32 = 0
  public var wsYpixel: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "winsize_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension WinsizeEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.WinsizeEntry>) {
    winsize_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.WinsizeEntry>) {
    wsRow = c.pointee.ws_row
    wsCol = c.pointee.ws_col
    wsXpixel = c.pointee.ws_xpixel
    wsYpixel = c.pointee.ws_ypixel
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.WinsizeEntry>, _ arena: Arena) {
    c.pointee.ws_row = wsRow
    c.pointee.ws_col = wsCol
    c.pointee.ws_xpixel = wsXpixel
    c.pointee.ws_ypixel = wsYpixel
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// termios_entry
public struct TermiosEntry: ImageMessage {
  public var cIflag: UInt32 = 0
  public var cOflag: UInt32 = 0
  public var cCflag: UInt32 = 0
  public var cLflag: UInt32 = 0
  /// line discipline
  public var cLine: UInt32 = 0
  public var cIspeed: UInt32 = 0
  public var cOspeed: UInt32 = 0
  /// always 19 values (kernel struct termios of TCGETS)
  public var cCc: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "termios_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TermiosEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TermiosEntry>) {
    termios_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TermiosEntry>) {
    cIflag = c.pointee.c_iflag
    cOflag = c.pointee.c_oflag
    cCflag = c.pointee.c_cflag
    cLflag = c.pointee.c_lflag
    cLine = c.pointee.c_line
    cIspeed = c.pointee.c_ispeed
    cOspeed = c.pointee.c_ospeed
    cCc = Read.values(c.pointee.c_cc, c.pointee.n_c_cc)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TermiosEntry>, _ arena: Arena) {
    c.pointee.c_iflag = cIflag
    c.pointee.c_oflag = cOflag
    c.pointee.c_cflag = cCflag
    c.pointee.c_lflag = cLflag
    c.pointee.c_line = cLine
    c.pointee.c_ispeed = cIspeed
    c.pointee.c_ospeed = cOspeed
    (c.pointee.c_cc, c.pointee.n_c_cc) = arena.values(cCc)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tty_pty_entry
public struct TtyPtyEntry: ImageMessage {
  /// pts number
  public var index: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "tty_pty_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TtyPtyEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TtyPtyEntry>) {
    tty_pty_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TtyPtyEntry>) {
    index = c.pointee.index
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TtyPtyEntry>, _ arena: Arena) {
    c.pointee.index = index
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tty-data.img: any number of records
public struct TtyDataEntry: ImageMessage {
  /// tty_info id; only ptys are drained, at most 16 KiB per side
  public var ttyId: UInt32 = 0
  /// bytes read from the unread queue
  public var data: [UInt8] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "tty_data_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TtyDataEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TtyDataEntry>) {
    tty_data_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TtyDataEntry>) {
    ttyId = c.pointee.tty_id
    data = Read.bytes(c.pointee.data)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TtyDataEntry>, _ arena: Arena) {
    c.pointee.tty_id = ttyId
    c.pointee.data = arena.bytes(data)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tty-info.img: any number of records
public struct TtyInfoEntry: ImageMessage {
  /// 2 * index, + 1 for a pty master. index: pts number 0..1000; console 1002 (id 2004), vt 1004 (2008),
  /// /dev/tty 1006 (2012), serial 1010 (2020), external 1012+n (2024+2n, n < 64)
  public var id: UInt32 = 0
  public var type: TtyType = TtyType(rawValue: 0)
  /// TIOCGPTLCK, ptys only
  public var locked: Bool = false
  public var exclusive: Bool = false
  /// TIOCGPKT, ptys only
  public var packetMode: Bool = false
  /// TIOCGSID, virtual session leader, 0 when none
  public var sid: UInt32 = 0
  /// TIOCGPGRP, virtual, 0 when none
  public var pgrp: UInt32 = 0
  /// st_rdev as stat() gives it (glibc/kernel user form: 0x8800 = 136:0)
  public var rdev: UInt32 = 0
  /// TCGETS; 9, 10, 11 are absent for a hung-up tty (EIO)
  @Boxed public var termios: TermiosEntry?
  @Boxed public var termiosLocked: TermiosEntry?
  @Boxed public var winsize: WinsizeEntry?
  /// pty only
  @Boxed public var pty: TtyPtyEntry?
  public var dev: UInt32?
  public var uid: UInt32?
  public var gid: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "tty_info_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TtyInfoEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TtyInfoEntry>) {
    tty_info_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TtyInfoEntry>) {
    id = c.pointee.id
    type = TtyType(rawValue: c.pointee.type.rawValue)
    locked = c.pointee.locked != 0
    exclusive = c.pointee.exclusive != 0
    packetMode = c.pointee.packet_mode != 0
    sid = c.pointee.sid
    pgrp = c.pointee.pgrp
    rdev = c.pointee.rdev
    termios = c.pointee.termios.map { TermiosEntry(reading: $0) }
    termiosLocked = c.pointee.termios_locked.map { TermiosEntry(reading: $0) }
    winsize = c.pointee.winsize.map { WinsizeEntry(reading: $0) }
    pty = c.pointee.pty.map { TtyPtyEntry(reading: $0) }
    if c.pointee.has_dev != 0 { dev = c.pointee.dev }
    if c.pointee.has_uid != 0 { uid = c.pointee.uid }
    if c.pointee.has_gid != 0 { gid = c.pointee.gid }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TtyInfoEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.type = CImages.TtyType(type.rawValue)
    c.pointee.locked = locked ? 1 : 0
    c.pointee.exclusive = exclusive ? 1 : 0
    c.pointee.packet_mode = packetMode ? 1 : 0
    c.pointee.sid = sid
    c.pointee.pgrp = pgrp
    c.pointee.rdev = rdev
    c.pointee.termios = termios.map(arena.message)
    c.pointee.termios_locked = termiosLocked.map(arena.message)
    c.pointee.winsize = winsize.map(arena.message)
    c.pointee.pty = pty.map(arena.message)
    if let value = dev {
      c.pointee.has_dev = 1
      c.pointee.dev = value
    }
    if let value = uid {
      c.pointee.has_uid = 1
      c.pointee.uid = value
    }
    if let value = gid {
      c.pointee.has_gid = 1
      c.pointee.gid = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tty_file_entry
public struct TtyFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// tty_info_entry id
  public var ttyInfoId: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// file_entry id of the REG record of the device node; absent for external ttys
  public var regfId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "tty_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TtyFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TtyFileEntry>) {
    tty_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TtyFileEntry>) {
    id = c.pointee.id
    ttyInfoId = c.pointee.tty_info_id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    if c.pointee.has_regf_id != 0 { regfId = c.pointee.regf_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TtyFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.tty_info_id = ttyInfoId
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    if let value = regfId {
      c.pointee.has_regf_id = 1
      c.pointee.regf_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
