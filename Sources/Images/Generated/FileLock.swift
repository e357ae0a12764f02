// Written by imagegen from proto/file-lock.proto: change that and run `make images`.

internal import CImages
public import Linux

/// filelocks.img: any number of records
public struct FileLockEntry: ImageMessage {
  /// kind: 1 POSIX, 2 FLOCK, 4 OFD, 8 LEASE
  public var flag: UInt32 = 0
  /// all kinds: 0 F_RDLCK, 1 F_WRLCK, 2 F_UNLCK as shown by fdinfo lock: (READ/WRITE/UNLCK); FLOCK: 0 =
  /// LOCK_SH, 1 = LOCK_EX, or for MSNFS locks LOCK_MAND 32 plus LOCK_READ 64 / LOCK_WRITE 128 / LOCK_RW 192
  /// (then used as the flock() argument); LEASE: + 4 when it is being broken, low bits then the target type
  /// of F_GETLEASE
  public var type: UInt32 = 0
  /// virtual pid of the task that holds fd (the dumped task whose fdinfo shows the lock)
  public var pid: Int32 = 0
  /// descriptor in that task
  public var fd: Int32 = 0
  /// first byte
  public var start: Int64 = 0
  /// end-start+1; 0 = to EOF (end is the word EOF); FLOCK and LEASE: 0
  public var len: Int64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "file_lock_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FileLockEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FileLockEntry>) {
    file_lock_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FileLockEntry>) {
    flag = c.pointee.flag
    type = c.pointee.type
    pid = c.pointee.pid
    fd = c.pointee.fd
    start = c.pointee.start
    len = c.pointee.len
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FileLockEntry>, _ arena: Arena) {
    c.pointee.flag = flag
    c.pointee.type = type
    c.pointee.pid = pid
    c.pointee.fd = fd
    c.pointee.start = start
    c.pointee.len = len
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
