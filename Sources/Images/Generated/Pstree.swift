// Written by imagegen from proto/pstree.proto: change that and run `make images`.

internal import CImages
public import Linux

/// pstree.img (n, parents before children)
public struct PstreeEntry: ImageMessage {
  /// virtual pid (in the innermost dumped pid ns)
  public var pid: UInt32 = 0
  /// virtual parent pid, 0 for the root
  public var ppid: UInt32 = 0
  /// process group (getpgid)
  public var pgid: UInt32 = 0
  /// session id (getsid)
  public var sid: UInt32 = 0
  /// virtual tids, leader first; for a zombie one meaningless value (garbage), never trust threads[0]
  public var threads: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "pstree_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PstreeEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PstreeEntry>) {
    pstree_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PstreeEntry>) {
    pid = c.pointee.pid
    ppid = c.pointee.ppid
    pgid = c.pointee.pgid
    sid = c.pointee.sid
    threads = Read.values(c.pointee.threads, c.pointee.n_threads)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PstreeEntry>, _ arena: Arena) {
    c.pointee.pid = pid
    c.pointee.ppid = ppid
    c.pointee.pgid = pgid
    c.pointee.sid = sid
    (c.pointee.threads, c.pointee.n_threads) = arena.values(threads)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
