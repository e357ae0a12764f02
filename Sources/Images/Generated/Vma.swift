// Written by imagegen from proto/vma.proto: change that and run `make images`.

internal import CImages
public import Linux

/// inside mm (old sets: vmas-<pid>.img)
public struct VmaEntry: ImageMessage {
  /// first address
  public var start: UInt64 = 0
  /// end address (exclusive)
  public var end: UInt64 = 0
  /// file offset in bytes
  public var pgoff: UInt64 = 0
  /// file maps and memfd-backed maps (status bit 14, this includes MAP_SHARED/ANON memory): file_entry id;
  /// packet socket ring (bit 11): file_entry id of the PACKETSK; pure anon shared (bit 8): shmem inode
  /// number; SysV: shm id (0 is valid); else 0
  public var shmid: UInt64 = 0
  public var prot: UInt32 = 0
  /// MAP_* incl. GROWSDOWN, LOCKED, NORESERVE, HUGETLB+size, DROPPABLE from smaps VmFlags
  public var flags: UInt32 = 0
  /// VMA_AREA_* bits
  public var status: UInt32 = 0
  /// always -1 in images (zigzag => 1)
  public var fd: Int64 = 0
  /// bitmap 1<<MADV_x from VmFlags
  public var madv: UInt64?
  /// open mode of map_files link (0 RDONLY,1 WRONLY,2 RDWR)
  public var fdflags: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "vma_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension VmaEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.VmaEntry>) {
    vma_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.VmaEntry>) {
    start = c.pointee.start
    end = c.pointee.end
    pgoff = c.pointee.pgoff
    shmid = c.pointee.shmid
    prot = c.pointee.prot
    flags = c.pointee.flags
    status = c.pointee.status
    fd = c.pointee.fd
    if c.pointee.has_madv != 0 { madv = c.pointee.madv }
    if c.pointee.has_fdflags != 0 { fdflags = c.pointee.fdflags }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.VmaEntry>, _ arena: Arena) {
    c.pointee.start = start
    c.pointee.end = end
    c.pointee.pgoff = pgoff
    c.pointee.shmid = shmid
    c.pointee.prot = prot
    c.pointee.flags = flags
    c.pointee.status = status
    c.pointee.fd = fd
    if let value = madv {
      c.pointee.has_madv = 1
      c.pointee.madv = value
    }
    if let value = fdflags {
      c.pointee.has_fdflags = 1
      c.pointee.fdflags = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
