// Written by imagegen from proto/fdinfo.proto: change that and run `make images`.

internal import CImages
public import Linux

/// fd_types: a value that this version does not know stays what it is.
public struct FdTypes: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let und = Self(rawValue: 0)
  public static let reg = Self(rawValue: 1)
  public static let pipe = Self(rawValue: 2)
  public static let fifo = Self(rawValue: 3)
  public static let inetsk = Self(rawValue: 4)
  public static let unixsk = Self(rawValue: 5)
  public static let eventfd = Self(rawValue: 6)
  public static let eventpoll = Self(rawValue: 7)
  public static let inotify = Self(rawValue: 8)
  public static let signalfd = Self(rawValue: 9)
  public static let packetsk = Self(rawValue: 10)
  public static let tty = Self(rawValue: 11)
  public static let fanotify = Self(rawValue: 12)
  public static let netlinksk = Self(rawValue: 13)
  public static let ns = Self(rawValue: 14)
  public static let tunf = Self(rawValue: 15)
  public static let ext = Self(rawValue: 16)
  public static let timerfd = Self(rawValue: 17)
  public static let memfd = Self(rawValue: 18)
  public static let bpfmap = Self(rawValue: 19)
  public static let pidfd = Self(rawValue: 20)
  public static let ctlTty = Self(rawValue: 65534)
  public static let autofsPipe = Self(rawValue: 65535)

  public static let names: [UInt32: String] = [
    0: "UND",
    1: "REG",
    2: "PIPE",
    3: "FIFO",
    4: "INETSK",
    5: "UNIXSK",
    6: "EVENTFD",
    7: "EVENTPOLL",
    8: "INOTIFY",
    9: "SIGNALFD",
    10: "PACKETSK",
    11: "TTY",
    12: "FANOTIFY",
    13: "NETLINKSK",
    14: "NS",
    15: "TUNF",
    16: "EXT",
    17: "TIMERFD",
    18: "MEMFD",
    19: "BPFMAP",
    20: "PIDFD",
    65534: "CTL_TTY",
    65535: "AUTOFS_PIPE",
  ]
}

/// fdinfo-<files_id>.img: any number of records
public struct FdinfoEntry: ImageMessage {
  /// file_entry id (open file description)
  public var id: UInt32 = 0
  /// 1 = close-on-exec, else 0
  public var flags: UInt32 = 0
  /// kind of file
  public var type: FdTypes = FdTypes(rawValue: 0)
  /// descriptor number
  public var fd: UInt32 = 0
  /// label of sockets (socket create context), optional
  public var xattrSecuritySelinux: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "fdinfo_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FdinfoEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FdinfoEntry>) {
    fdinfo_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FdinfoEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    type = FdTypes(rawValue: c.pointee.type.rawValue)
    fd = c.pointee.fd
    xattrSecuritySelinux = c.pointee.xattr_security_selinux.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FdinfoEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.type = CImages.FdTypes(type.rawValue)
    c.pointee.fd = fd
    c.pointee.xattr_security_selinux = xattrSecuritySelinux.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// files.img: any number of records
public struct FileEntry: ImageMessage {
  /// selects the sub-message
  public var type: FdTypes = FdTypes(rawValue: 0)
  /// same id as inside the sub-message; referred to by fdinfo, mm.exe_file_id, vma.shmid, fs
  public var id: UInt32 = 0
  /// type REG
  @Boxed public var reg: RegFileEntry?
  /// type INETSK
  @Boxed public var isk: InetSkEntry?
  @Boxed public var nsf: NsFileEntry?
  @Boxed public var psk: PacketSockEntry?
  @Boxed public var nlsk: NetlinkSkEntry?
  @Boxed public var efd: EventfdFileEntry?
  @Boxed public var epfd: EventpollFileEntry?
  @Boxed public var sgfd: SignalfdEntry?
  @Boxed public var tunf: TunfileEntry?
  @Boxed public var tfd: TimerfdEntry?
  @Boxed public var ify: InotifyFileEntry?
  @Boxed public var ffy: FanotifyFileEntry?
  @Boxed public var ext: ExtFileEntry?
  @Boxed public var usk: UnixSkEntry?
  @Boxed public var fifo: FifoEntry?
  @Boxed public var pipe: PipeEntry?
  @Boxed public var tty: TtyFileEntry?
  @Boxed public var memfd: MemfdFileEntry?
  @Boxed public var bpf: BpfmapFileEntry?
  @Boxed public var pidfd: PidfdEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FileEntry>) {
    file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FileEntry>) {
    type = FdTypes(rawValue: c.pointee.type.rawValue)
    id = c.pointee.id
    reg = c.pointee.reg.map { RegFileEntry(reading: $0) }
    isk = c.pointee.isk.map { InetSkEntry(reading: $0) }
    nsf = c.pointee.nsf.map { NsFileEntry(reading: $0) }
    psk = c.pointee.psk.map { PacketSockEntry(reading: $0) }
    nlsk = c.pointee.nlsk.map { NetlinkSkEntry(reading: $0) }
    efd = c.pointee.efd.map { EventfdFileEntry(reading: $0) }
    epfd = c.pointee.epfd.map { EventpollFileEntry(reading: $0) }
    sgfd = c.pointee.sgfd.map { SignalfdEntry(reading: $0) }
    tunf = c.pointee.tunf.map { TunfileEntry(reading: $0) }
    tfd = c.pointee.tfd.map { TimerfdEntry(reading: $0) }
    ify = c.pointee.ify.map { InotifyFileEntry(reading: $0) }
    ffy = c.pointee.ffy.map { FanotifyFileEntry(reading: $0) }
    ext = c.pointee.ext.map { ExtFileEntry(reading: $0) }
    usk = c.pointee.usk.map { UnixSkEntry(reading: $0) }
    fifo = c.pointee.fifo.map { FifoEntry(reading: $0) }
    pipe = c.pointee.pipe.map { PipeEntry(reading: $0) }
    tty = c.pointee.tty.map { TtyFileEntry(reading: $0) }
    memfd = c.pointee.memfd.map { MemfdFileEntry(reading: $0) }
    bpf = c.pointee.bpf.map { BpfmapFileEntry(reading: $0) }
    pidfd = c.pointee.pidfd.map { PidfdEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FileEntry>, _ arena: Arena) {
    c.pointee.type = CImages.FdTypes(type.rawValue)
    c.pointee.id = id
    c.pointee.reg = reg.map(arena.message)
    c.pointee.isk = isk.map(arena.message)
    c.pointee.nsf = nsf.map(arena.message)
    c.pointee.psk = psk.map(arena.message)
    c.pointee.nlsk = nlsk.map(arena.message)
    c.pointee.efd = efd.map(arena.message)
    c.pointee.epfd = epfd.map(arena.message)
    c.pointee.sgfd = sgfd.map(arena.message)
    c.pointee.tunf = tunf.map(arena.message)
    c.pointee.tfd = tfd.map(arena.message)
    c.pointee.ify = ify.map(arena.message)
    c.pointee.ffy = ffy.map(arena.message)
    c.pointee.ext = ext.map(arena.message)
    c.pointee.usk = usk.map(arena.message)
    c.pointee.fifo = fifo.map(arena.message)
    c.pointee.pipe = pipe.map(arena.message)
    c.pointee.tty = tty.map(arena.message)
    c.pointee.memfd = memfd.map(arena.message)
    c.pointee.bpf = bpf.map(arena.message)
    c.pointee.pidfd = pidfd.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
