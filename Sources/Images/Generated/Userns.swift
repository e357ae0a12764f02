// Written by imagegen from proto/userns.proto: change that and run `make images`.

internal import CImages
public import Linux

/// uid_gid_extent
public struct UidGidExtent: ImageMessage {
  /// id inside
  public var first: UInt32 = 0
  /// id in parent
  public var lowerFirst: UInt32 = 0
  /// number of ids
  public var count: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "uid_gid_extent"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UidGidExtent: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UidGidExtent>) {
    uid_gid_extent__init(c)
  }

  init(reading c: UnsafePointer<CImages.UidGidExtent>) {
    first = c.pointee.first
    lowerFirst = c.pointee.lower_first
    count = c.pointee.count
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UidGidExtent>, _ arena: Arena) {
    c.pointee.first = first
    c.pointee.lower_first = lowerFirst
    c.pointee.count = count
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// userns-<ns>.img: one record
public struct UsernsEntry: ImageMessage {
  public var uidMap: [UidGidExtent] = []
  public var gidMap: [UidGidExtent] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "userns_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UsernsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UsernsEntry>) {
    userns_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UsernsEntry>) {
    uidMap = Read.messages(c.pointee.uid_map, c.pointee.n_uid_map)
    gidMap = Read.messages(c.pointee.gid_map, c.pointee.n_gid_map)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UsernsEntry>, _ arena: Arena) {
    (c.pointee.uid_map, c.pointee.n_uid_map) = arena.messages(uidMap)
    (c.pointee.gid_map, c.pointee.n_gid_map) = arena.messages(gidMap)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
