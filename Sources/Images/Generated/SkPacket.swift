// Written by imagegen from proto/sk-packet.proto: change that and run `make images`.

internal import CImages
public import Linux

/// scm_entry
public struct ScmEntry: ImageMessage {
  /// SCM_RIGHTS: one record
  public var type: UInt32 = 0
  /// file_entry ids; in order; each has a files.img record (REG, PIPE, UNIXSK ... any type)
  public var rights: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "scm_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ScmEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ScmEntry>) {
    scm_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ScmEntry>) {
    type = c.pointee.type
    rights = Read.values(c.pointee.rights, c.pointee.n_rights)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ScmEntry>, _ arena: Arena) {
    c.pointee.type = type
    (c.pointee.rights, c.pointee.n_rights) = arena.values(rights)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// sk-queues.img: any number of records, each followed by raw data
public struct SkPacketEntry: ImageMessage {
  /// file id of the receiving socket
  public var idFor: UInt32 = 0
  /// bytes that follow; a zero-length datagram ends the dump of the queue, so it and what follows it are
  /// lost
  public var length: UInt32 = 0
  /// at most one, SCM_RIGHTS
  public var scm: [ScmEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "sk_packet_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SkPacketEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SkPacketEntry>) {
    sk_packet_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SkPacketEntry>) {
    idFor = c.pointee.id_for
    length = c.pointee.length
    scm = Read.messages(c.pointee.scm, c.pointee.n_scm)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SkPacketEntry>, _ arena: Arena) {
    c.pointee.id_for = idFor
    c.pointee.length = length
    (c.pointee.scm, c.pointee.n_scm) = arena.messages(scm)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
