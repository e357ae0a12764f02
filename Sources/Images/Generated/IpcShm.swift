// Written by imagegen from proto/ipc-shm.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ipcns-shm-<ns>.img: any number of records
public struct IpcShmEntry: ImageMessage {
  /// identity and owner; desc.id names pagemap-shmem-<id>
  public var desc: IpcDescEntry = IpcDescEntry()
  public var size: UInt64 = 0
  /// always true: pages are in pagemap-shmem-<shmid>
  public var inPagemaps: Bool?
  /// written only for huge page segments: SHM_HUGETLB 04000 with the size code in bits 26 and up
  public var hugetlbFlag: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_shm_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcShmEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcShmEntry>) {
    ipc_shm_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcShmEntry>) {
    desc = IpcDescEntry(reading: c.pointee.desc)
    size = c.pointee.size
    if c.pointee.has_in_pagemaps != 0 { inPagemaps = c.pointee.in_pagemaps != 0 }
    if c.pointee.has_hugetlb_flag != 0 { hugetlbFlag = c.pointee.hugetlb_flag }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcShmEntry>, _ arena: Arena) {
    c.pointee.desc = arena.message(desc)
    c.pointee.size = size
    if let value = inPagemaps {
      c.pointee.has_in_pagemaps = 1
      c.pointee.in_pagemaps = value ? 1 : 0
    }
    if let value = hugetlbFlag {
      c.pointee.has_hugetlb_flag = 1
      c.pointee.hugetlb_flag = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
