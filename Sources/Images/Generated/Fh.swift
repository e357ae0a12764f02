// Written by imagegen from proto/fh.proto: change that and run `make images`.

internal import CImages
public import Linux

/// fh_entry_sizes: a value that this version does not know stays what it is.
public struct FhEntrySizes: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let minEntries = Self(rawValue: 16)

  public static let names: [UInt32: String] = [
    16: "min_entries",
  ]
}

/// fh_entry
public struct FhEntry: ImageMessage {
  public var bytes: UInt32 = 0
  public var type: UInt32 = 0
  /// always 16 u64 words: the handle bytes in memory order, zero filled
  public var handle: [UInt64] = []
  /// resolved path; restore prefers it to the handle; absent when only the handle is usable
  public var path: String?
  /// mount where path was found; written together with path when a mount ns is dumped, absent on the host
  public var mntId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "fh_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FhEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FhEntry>) {
    fh_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FhEntry>) {
    bytes = c.pointee.bytes
    type = c.pointee.type
    handle = Read.values(c.pointee.handle, c.pointee.n_handle)
    path = c.pointee.path.map(Read.text)
    if c.pointee.has_mnt_id != 0 { mntId = c.pointee.mnt_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FhEntry>, _ arena: Arena) {
    c.pointee.bytes = bytes
    c.pointee.type = type
    (c.pointee.handle, c.pointee.n_handle) = arena.values(handle)
    c.pointee.path = path.map(arena.text)
    if let value = mntId {
      c.pointee.has_mnt_id = 1
      c.pointee.mnt_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// irmap-cache: any number of records
public struct IrmapCacheEntry: ImageMessage {
  public var dev: UInt32 = 0
  public var inode: UInt64 = 0
  /// path that has it
  public var path: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "irmap_cache_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IrmapCacheEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IrmapCacheEntry>) {
    irmap_cache_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IrmapCacheEntry>) {
    dev = c.pointee.dev
    inode = c.pointee.inode
    path = Read.text(c.pointee.path)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IrmapCacheEntry>, _ arena: Arena) {
    c.pointee.dev = dev
    c.pointee.inode = inode
    c.pointee.path = arena.text(path)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
