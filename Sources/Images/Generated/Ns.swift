// Written by imagegen from proto/ns.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ns_file_entry
public struct NsFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// criu ns id
  public var nsId: UInt32 = 0
  /// CLONE_NEW* flag
  public var nsCflag: UInt32 = 0
  /// open flags from fdinfo (0x8000 O_LARGEFILE seen)
  public var flags: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "ns_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension NsFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.NsFileEntry>) {
    ns_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.NsFileEntry>) {
    id = c.pointee.id
    nsId = c.pointee.ns_id
    nsCflag = c.pointee.ns_cflag
    flags = c.pointee.flags
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.NsFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.ns_id = nsId
    c.pointee.ns_cflag = nsCflag
    c.pointee.flags = flags
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
