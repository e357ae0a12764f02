// Written by imagegen from proto/remap-file-path.proto: change that and run `make images`.

internal import CImages
public import Linux

/// remap_type: a value that this version does not know stays what it is.
public struct RemapType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let linked = Self(rawValue: 0)
  public static let ghost = Self(rawValue: 1)
  public static let procfs = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    0: "LINKED",
    1: "GHOST",
    2: "PROCFS",
  ]
}

/// remap-fpath.img: any number of records
public struct RemapFilePathEntry: ImageMessage {
  /// file_entry id of the file without a name
  public var origId: UInt32 = 0
  /// GHOST: number of ghost-file-<hex>; LINKED: file_entry id of the link_remap; PROCFS: pid of a dead task
  public var remapId: UInt32 = 0
  /// absent: bit 31 of remap_id tells ghost (old form)
  public var remapType: RemapType?
  public var unknownFields: [UnknownField] = []

  public static let name = "remap_file_path_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension RemapFilePathEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.RemapFilePathEntry>) {
    remap_file_path_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.RemapFilePathEntry>) {
    origId = c.pointee.orig_id
    remapId = c.pointee.remap_id
    if c.pointee.has_remap_type != 0 { remapType = RemapType(rawValue: c.pointee.remap_type.rawValue) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.RemapFilePathEntry>, _ arena: Arena) {
    c.pointee.orig_id = origId
    c.pointee.remap_id = remapId
    if let value = remapType {
      c.pointee.has_remap_type = 1
      c.pointee.remap_type = CImages.RemapType(value.rawValue)
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
