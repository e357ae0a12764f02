// Written by imagegen from proto/ghost-file.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ghost-file-<hex>.img: one record
public struct GhostFileEntry: ImageMessage {
  /// owner (inside userns)
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  /// st_mode incl. type
  public var mode: UInt32 = 0
  /// physical device
  public var dev: UInt32?
  /// inode number
  public var ino: UInt64?
  /// for device nodes
  public var rdev: UInt32?
  /// atime, microseconds
  @Boxed public var atim: Timeval?
  /// mtime, microseconds
  @Boxed public var mtim: Timeval?
  /// true: chunk records follow; else raw data to EOF
  public var chunks: Bool?
  /// file size, present with chunks
  public var size: UInt64?
  /// for symlinks
  public var symlnkTarget: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "ghost_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension GhostFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.GhostFileEntry>) {
    ghost_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.GhostFileEntry>) {
    uid = c.pointee.uid
    gid = c.pointee.gid
    mode = c.pointee.mode
    if c.pointee.has_dev != 0 { dev = c.pointee.dev }
    if c.pointee.has_ino != 0 { ino = c.pointee.ino }
    if c.pointee.has_rdev != 0 { rdev = c.pointee.rdev }
    atim = c.pointee.atim.map { Timeval(reading: $0) }
    mtim = c.pointee.mtim.map { Timeval(reading: $0) }
    if c.pointee.has_chunks != 0 { chunks = c.pointee.chunks != 0 }
    if c.pointee.has_size != 0 { size = c.pointee.size }
    symlnkTarget = c.pointee.symlnk_target.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.GhostFileEntry>, _ arena: Arena) {
    c.pointee.uid = uid
    c.pointee.gid = gid
    c.pointee.mode = mode
    if let value = dev {
      c.pointee.has_dev = 1
      c.pointee.dev = value
    }
    if let value = ino {
      c.pointee.has_ino = 1
      c.pointee.ino = value
    }
    if let value = rdev {
      c.pointee.has_rdev = 1
      c.pointee.rdev = value
    }
    c.pointee.atim = atim.map(arena.message)
    c.pointee.mtim = mtim.map(arena.message)
    if let value = chunks {
      c.pointee.has_chunks = 1
      c.pointee.chunks = value ? 1 : 0
    }
    if let value = size {
      c.pointee.has_size = 1
      c.pointee.size = value
    }
    c.pointee.symlnk_target = symlnkTarget.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// ghost-file (n, each followed by data)
public struct GhostChunkEntry: ImageMessage {
  /// bytes of data that follow this record
  public var len: UInt64 = 0
  /// file offset
  public var off: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ghost_chunk_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension GhostChunkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.GhostChunkEntry>) {
    ghost_chunk_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.GhostChunkEntry>) {
    len = c.pointee.len
    off = c.pointee.off
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.GhostChunkEntry>, _ arena: Arena) {
    c.pointee.len = len
    c.pointee.off = off
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
