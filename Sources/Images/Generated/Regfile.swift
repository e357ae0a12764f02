// Written by imagegen from proto/regfile.proto: change that and run `make images`.

internal import CImages
public import Linux

/// reg_file_entry
public struct RegFileEntry: ImageMessage {
  /// file id
  public var id: UInt32 = 0
  /// open flags from F_GETFL / fdinfo flags, without CLOEXEC; O_LARGEFILE 0x8000 is kept
  public var flags: UInt32 = 0
  /// fdinfo pos
  public var pos: UInt64 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// path relative to the mount ns root, starting "/" (files of other mount ns too)
  public var name: String = ""
  /// criu mount id from fdinfo mnt_id; absent/-1 when no mount ns is dumped
  public var mntId: Int32?
  /// st_size at dump; validated at restore; only for regular files that are not O_WRONLY with O_APPEND
  public var size: UInt64?
  /// external: name is then the key file[<mnt_id hex>:<inode hex>]
  public var ext: Bool?
  /// st_mode; checked at restore unless --skip-file-rwx-check; absent in records of created link-remap
  /// files
  public var mode: UInt32?
  /// ELF build-id as u32 words, 20 bytes = 5 words, zero filled; absent for non-ELF
  public var buildId: [UInt32] = []
  public var checksum: UInt32?
  public var checksumConfig: UInt32?
  public var checksumParameter: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "reg_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension RegFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.RegFileEntry>) {
    reg_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.RegFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    pos = c.pointee.pos
    fown = FownEntry(reading: c.pointee.fown)
    name = Read.text(c.pointee.name)
    if c.pointee.has_mnt_id != 0 { mntId = c.pointee.mnt_id }
    if c.pointee.has_size != 0 { size = c.pointee.size }
    if c.pointee.has_ext != 0 { ext = c.pointee.ext != 0 }
    if c.pointee.has_mode != 0 { mode = c.pointee.mode }
    buildId = Read.values(c.pointee.build_id, c.pointee.n_build_id)
    if c.pointee.has_checksum != 0 { checksum = c.pointee.checksum }
    if c.pointee.has_checksum_config != 0 { checksumConfig = c.pointee.checksum_config }
    if c.pointee.has_checksum_parameter != 0 { checksumParameter = c.pointee.checksum_parameter }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.RegFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.pos = pos
    c.pointee.fown = arena.message(fown)
    c.pointee.name = arena.text(name)
    if let value = mntId {
      c.pointee.has_mnt_id = 1
      c.pointee.mnt_id = value
    }
    if let value = size {
      c.pointee.has_size = 1
      c.pointee.size = value
    }
    if let value = ext {
      c.pointee.has_ext = 1
      c.pointee.ext = value ? 1 : 0
    }
    if let value = mode {
      c.pointee.has_mode = 1
      c.pointee.mode = value
    }
    (c.pointee.build_id, c.pointee.n_build_id) = arena.values(buildId)
    if let value = checksum {
      c.pointee.has_checksum = 1
      c.pointee.checksum = value
    }
    if let value = checksumConfig {
      c.pointee.has_checksum_config = 1
      c.pointee.checksum_config = value
    }
    if let value = checksumParameter {
      c.pointee.has_checksum_parameter = 1
      c.pointee.checksum_parameter = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
