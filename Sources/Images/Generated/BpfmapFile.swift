// Written by imagegen from proto/bpfmap-file.proto: change that and run `make images`.

internal import CImages
public import Linux

/// bpfmap_file_entry
public struct BpfmapFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// fdinfo pos
  public var pos: UInt64 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// fdinfo; only 1 HASH and 2 ARRAY are supported
  public var mapType: UInt32 = 0
  public var keySize: UInt32 = 0
  public var valueSize: UInt32 = 0
  public var mapId: UInt32 = 0
  public var maxEntries: UInt32 = 0
  public var mapFlags: UInt32 = 0
  public var memlock: UInt64 = 0
  public var frozen: Bool = false
  public var mapName: String = ""
  /// from BPF_OBJ_GET_INFO_BY_FD
  public var ifindex: UInt32 = 0
  /// not written by 4.2
  public var mntId: Int32?
  /// fdinfo; not restored
  public var mapExtra: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "bpfmap_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension BpfmapFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.BpfmapFileEntry>) {
    bpfmap_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.BpfmapFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    pos = c.pointee.pos
    fown = FownEntry(reading: c.pointee.fown)
    mapType = c.pointee.map_type
    keySize = c.pointee.key_size
    valueSize = c.pointee.value_size
    mapId = c.pointee.map_id
    maxEntries = c.pointee.max_entries
    mapFlags = c.pointee.map_flags
    memlock = c.pointee.memlock
    frozen = c.pointee.frozen != 0
    mapName = Read.text(c.pointee.map_name)
    ifindex = c.pointee.ifindex
    if c.pointee.has_mnt_id != 0 { mntId = c.pointee.mnt_id }
    if c.pointee.has_map_extra != 0 { mapExtra = c.pointee.map_extra }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.BpfmapFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.pos = pos
    c.pointee.fown = arena.message(fown)
    c.pointee.map_type = mapType
    c.pointee.key_size = keySize
    c.pointee.value_size = valueSize
    c.pointee.map_id = mapId
    c.pointee.max_entries = maxEntries
    c.pointee.map_flags = mapFlags
    c.pointee.memlock = memlock
    c.pointee.frozen = frozen ? 1 : 0
    c.pointee.map_name = arena.text(mapName)
    c.pointee.ifindex = ifindex
    if let value = mntId {
      c.pointee.has_mnt_id = 1
      c.pointee.mnt_id = value
    }
    if let value = mapExtra {
      c.pointee.has_map_extra = 1
      c.pointee.map_extra = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
