// Written by imagegen from proto/bpfmap-data.proto: change that and run `make images`.

internal import CImages
public import Linux

/// bpfmap-data.img: any number of records, each followed by raw data
public struct BpfmapDataEntry: ImageMessage {
  /// kernel map id at dump; joins with bpfmap_file_entry.map_id
  public var mapId: UInt32 = 0
  /// key_size * count, bytes of keys that follow
  public var keysBytes: UInt32 = 0
  /// value_size * count, bytes of values after the keys
  public var valuesBytes: UInt32 = 0
  public var count: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "bpfmap_data_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension BpfmapDataEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.BpfmapDataEntry>) {
    bpfmap_data_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.BpfmapDataEntry>) {
    mapId = c.pointee.map_id
    keysBytes = c.pointee.keys_bytes
    valuesBytes = c.pointee.values_bytes
    count = c.pointee.count
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.BpfmapDataEntry>, _ arena: Arena) {
    c.pointee.map_id = mapId
    c.pointee.keys_bytes = keysBytes
    c.pointee.values_bytes = valuesBytes
    c.pointee.count = count
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
