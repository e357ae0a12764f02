// Written by imagegen from proto/memfd.proto: change that and run `make images`.

internal import CImages
public import Linux

/// memfd_file_entry
public struct MemfdFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// fdinfo pos
  public var pos: UInt64 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  public var inodeId: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "memfd_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension MemfdFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.MemfdFileEntry>) {
    memfd_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.MemfdFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    pos = c.pointee.pos
    fown = FownEntry(reading: c.pointee.fown)
    inodeId = c.pointee.inode_id
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.MemfdFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.pos = pos
    c.pointee.fown = arena.message(fown)
    c.pointee.inode_id = inodeId
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// memfd.img: any number of records
public struct MemfdInodeEntry: ImageMessage {
  /// without "memfd:" prefix
  public var name: String = ""
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  public var size: UInt64 = 0
  /// names pagemap-shmem-<shmid>
  public var shmid: UInt32 = 0
  public var seals: UInt32 = 0
  /// counter from 1, referred to by memfd_file_entry
  public var inodeId: UInt64 = 0
  public var hugetlbFlag: UInt32?
  public var mode: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "memfd_inode_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension MemfdInodeEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.MemfdInodeEntry>) {
    memfd_inode_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.MemfdInodeEntry>) {
    name = Read.text(c.pointee.name)
    uid = c.pointee.uid
    gid = c.pointee.gid
    size = c.pointee.size
    shmid = c.pointee.shmid
    seals = c.pointee.seals
    inodeId = c.pointee.inode_id
    if c.pointee.has_hugetlb_flag != 0 { hugetlbFlag = c.pointee.hugetlb_flag }
    if c.pointee.has_mode != 0 { mode = c.pointee.mode }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.MemfdInodeEntry>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    c.pointee.uid = uid
    c.pointee.gid = gid
    c.pointee.size = size
    c.pointee.shmid = shmid
    c.pointee.seals = seals
    c.pointee.inode_id = inodeId
    if let value = hugetlbFlag {
      c.pointee.has_hugetlb_flag = 1
      c.pointee.hugetlb_flag = value
    }
    if let value = mode {
      c.pointee.has_mode = 1
      c.pointee.mode = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
