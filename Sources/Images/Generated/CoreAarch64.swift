// Written by imagegen from proto/core-aarch64.proto: change that and run `make images`.

internal import CImages
public import Linux

/// user_aarch64_regs_entry
public struct UserAarch64RegsEntry: ImageMessage {
  /// x0..x30, 31 values
  public var regs: [UInt64] = []
  public var sp: UInt64 = 0
  public var pc: UInt64 = 0
  public var pstate: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "user_aarch64_regs_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserAarch64RegsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserAarch64RegsEntry>) {
    user_aarch64_regs_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserAarch64RegsEntry>) {
    regs = Read.values(c.pointee.regs, c.pointee.n_regs)
    sp = c.pointee.sp
    pc = c.pointee.pc
    pstate = c.pointee.pstate
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserAarch64RegsEntry>, _ arena: Arena) {
    (c.pointee.regs, c.pointee.n_regs) = arena.values(regs)
    c.pointee.sp = sp
    c.pointee.pc = pc
    c.pointee.pstate = pstate
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// user_aarch64_fpsimd_context_entry
public struct UserAarch64FpsimdContextEntry: ImageMessage {
  /// 64 u64: 32 registers, low and high half
  public var vregs: [UInt64] = []
  public var fpsr: UInt32 = 0
  public var fpcr: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "user_aarch64_fpsimd_context_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserAarch64FpsimdContextEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserAarch64FpsimdContextEntry>) {
    user_aarch64_fpsimd_context_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserAarch64FpsimdContextEntry>) {
    vregs = Read.values(c.pointee.vregs, c.pointee.n_vregs)
    fpsr = c.pointee.fpsr
    fpcr = c.pointee.fpcr
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserAarch64FpsimdContextEntry>, _ arena: Arena) {
    (c.pointee.vregs, c.pointee.n_vregs) = arena.values(vregs)
    c.pointee.fpsr = fpsr
    c.pointee.fpcr = fpcr
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// pac_address_keys
public struct PacAddressKeys: ImageMessage {
  public var apiakeyLo: UInt64 = 0
  public var apiakeyHi: UInt64 = 0
  public var apibkeyLo: UInt64 = 0
  public var apibkeyHi: UInt64 = 0
  public var apdakeyLo: UInt64 = 0
  public var apdakeyHi: UInt64 = 0
  public var apdbkeyLo: UInt64 = 0
  public var apdbkeyHi: UInt64 = 0
  public var pacEnabledKey: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "pac_address_keys"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacAddressKeys: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacAddressKeys>) {
    pac_address_keys__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacAddressKeys>) {
    apiakeyLo = c.pointee.apiakey_lo
    apiakeyHi = c.pointee.apiakey_hi
    apibkeyLo = c.pointee.apibkey_lo
    apibkeyHi = c.pointee.apibkey_hi
    apdakeyLo = c.pointee.apdakey_lo
    apdakeyHi = c.pointee.apdakey_hi
    apdbkeyLo = c.pointee.apdbkey_lo
    apdbkeyHi = c.pointee.apdbkey_hi
    pacEnabledKey = c.pointee.pac_enabled_key
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacAddressKeys>, _ arena: Arena) {
    c.pointee.apiakey_lo = apiakeyLo
    c.pointee.apiakey_hi = apiakeyHi
    c.pointee.apibkey_lo = apibkeyLo
    c.pointee.apibkey_hi = apibkeyHi
    c.pointee.apdakey_lo = apdakeyLo
    c.pointee.apdakey_hi = apdakeyHi
    c.pointee.apdbkey_lo = apdbkeyLo
    c.pointee.apdbkey_hi = apdbkeyHi
    c.pointee.pac_enabled_key = pacEnabledKey
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// pac_generic_keys
public struct PacGenericKeys: ImageMessage {
  public var apgakeyLo: UInt64 = 0
  public var apgakeyHi: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "pac_generic_keys"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacGenericKeys: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacGenericKeys>) {
    pac_generic_keys__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacGenericKeys>) {
    apgakeyLo = c.pointee.apgakey_lo
    apgakeyHi = c.pointee.apgakey_hi
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacGenericKeys>, _ arena: Arena) {
    c.pointee.apgakey_lo = apgakeyLo
    c.pointee.apgakey_hi = apgakeyHi
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// pac_keys
public struct PacKeys: ImageMessage {
  @Boxed public var pacAddressKeys: PacAddressKeys?
  @Boxed public var pacGenericKeys: PacGenericKeys?
  public var unknownFields: [UnknownField] = []

  public static let name = "pac_keys"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PacKeys: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PacKeys>) {
    pac_keys__init(c)
  }

  init(reading c: UnsafePointer<CImages.PacKeys>) {
    pacAddressKeys = c.pointee.pac_address_keys.map { PacAddressKeys(reading: $0) }
    pacGenericKeys = c.pointee.pac_generic_keys.map { PacGenericKeys(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PacKeys>, _ arena: Arena) {
    c.pointee.pac_address_keys = pacAddressKeys.map(arena.message)
    c.pointee.pac_generic_keys = pacGenericKeys.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// thread_info_aarch64
public struct ThreadInfoAarch64: ImageMessage {
  /// prctl PR_GET_TID_ADDRESS
  public var clearTidAddr: UInt64 = 0
  /// tpidr_el0 (parasite)
  public var tls: UInt64 = 0
  public var gpregs: UserAarch64RegsEntry = UserAarch64RegsEntry()
  public var fpsimd: UserAarch64FpsimdContextEntry = UserAarch64FpsimdContextEntry()
  /// NT_ARM_PACA_KEYS / PACG / enabled keys
  @Boxed public var pacKeys: PacKeys?
  public var unknownFields: [UnknownField] = []

  public static let name = "thread_info_aarch64"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ThreadInfoAarch64: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ThreadInfoAarch64>) {
    thread_info_aarch64__init(c)
  }

  init(reading c: UnsafePointer<CImages.ThreadInfoAarch64>) {
    clearTidAddr = c.pointee.clear_tid_addr
    tls = c.pointee.tls
    gpregs = UserAarch64RegsEntry(reading: c.pointee.gpregs)
    fpsimd = UserAarch64FpsimdContextEntry(reading: c.pointee.fpsimd)
    pacKeys = c.pointee.pac_keys.map { PacKeys(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ThreadInfoAarch64>, _ arena: Arena) {
    c.pointee.clear_tid_addr = clearTidAddr
    c.pointee.tls = tls
    c.pointee.gpregs = arena.message(gpregs)
    c.pointee.fpsimd = arena.message(fpsimd)
    c.pointee.pac_keys = pacKeys.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
