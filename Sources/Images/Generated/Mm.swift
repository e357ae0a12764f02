// Written by imagegen from proto/mm.proto: change that and run `make images`.

internal import CImages
public import Linux

/// aio_ring_entry
public struct AioRingEntry: ImageMessage {
  /// AIO context address
  public var id: UInt64 = 0
  /// value for io_setup(): (slots - 2) / 2 where slots = (ring_len - 32) / 32, so that the kernel makes a
  /// ring of the same length (8192 bytes => 126)
  public var nrReq: UInt32 = 0
  /// ring length in bytes
  public var ringLen: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "aio_ring_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension AioRingEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.AioRingEntry>) {
    aio_ring_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.AioRingEntry>) {
    id = c.pointee.id
    nrReq = c.pointee.nr_req
    ringLen = c.pointee.ring_len
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.AioRingEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.nr_req = nrReq
    c.pointee.ring_len = ringLen
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// mm-<pid>.img: one record
public struct MmEntry: ImageMessage {
  public var mmStartCode: UInt64 = 0
  public var mmEndCode: UInt64 = 0
  public var mmStartData: UInt64 = 0
  public var mmEndData: UInt64 = 0
  public var mmStartStack: UInt64 = 0
  public var mmStartBrk: UInt64 = 0
  /// brk(0) in parasite
  public var mmBrk: UInt64 = 0
  public var mmArgStart: UInt64 = 0
  public var mmArgEnd: UInt64 = 0
  public var mmEnvStart: UInt64 = 0
  public var mmEnvEnd: UInt64 = 0
  /// file_entry id of /proc/PID/exe
  public var exeFileId: UInt32 = 0
  /// /proc/PID/auxv as u64 words; always 44 words on x86_64, zero filled after AT_NULL
  public var mmSavedAuxv: [UInt64] = []
  /// all mappings sorted by start; guard pseudo-VMAs follow at the end
  public var vmas: [VmaEntry] = []
  /// prctl PR_GET_DUMPABLE; 0/1/2
  public var dumpable: Int32?
  /// one per AIO ring VMA; in vma order
  public var aios: [AioRingEntry] = []
  /// prctl PR_GET_THP_DISABLE
  public var thpDisabled: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "mm_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension MmEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.MmEntry>) {
    mm_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.MmEntry>) {
    mmStartCode = c.pointee.mm_start_code
    mmEndCode = c.pointee.mm_end_code
    mmStartData = c.pointee.mm_start_data
    mmEndData = c.pointee.mm_end_data
    mmStartStack = c.pointee.mm_start_stack
    mmStartBrk = c.pointee.mm_start_brk
    mmBrk = c.pointee.mm_brk
    mmArgStart = c.pointee.mm_arg_start
    mmArgEnd = c.pointee.mm_arg_end
    mmEnvStart = c.pointee.mm_env_start
    mmEnvEnd = c.pointee.mm_env_end
    exeFileId = c.pointee.exe_file_id
    mmSavedAuxv = Read.values(c.pointee.mm_saved_auxv, c.pointee.n_mm_saved_auxv)
    vmas = Read.messages(c.pointee.vmas, c.pointee.n_vmas)
    if c.pointee.has_dumpable != 0 { dumpable = c.pointee.dumpable }
    aios = Read.messages(c.pointee.aios, c.pointee.n_aios)
    if c.pointee.has_thp_disabled != 0 { thpDisabled = c.pointee.thp_disabled != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.MmEntry>, _ arena: Arena) {
    c.pointee.mm_start_code = mmStartCode
    c.pointee.mm_end_code = mmEndCode
    c.pointee.mm_start_data = mmStartData
    c.pointee.mm_end_data = mmEndData
    c.pointee.mm_start_stack = mmStartStack
    c.pointee.mm_start_brk = mmStartBrk
    c.pointee.mm_brk = mmBrk
    c.pointee.mm_arg_start = mmArgStart
    c.pointee.mm_arg_end = mmArgEnd
    c.pointee.mm_env_start = mmEnvStart
    c.pointee.mm_env_end = mmEnvEnd
    c.pointee.exe_file_id = exeFileId
    (c.pointee.mm_saved_auxv, c.pointee.n_mm_saved_auxv) = arena.values(mmSavedAuxv)
    (c.pointee.vmas, c.pointee.n_vmas) = arena.messages(vmas)
    if let value = dumpable {
      c.pointee.has_dumpable = 1
      c.pointee.dumpable = value
    }
    (c.pointee.aios, c.pointee.n_aios) = arena.messages(aios)
    if let value = thpDisabled {
      c.pointee.has_thp_disabled = 1
      c.pointee.thp_disabled = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
