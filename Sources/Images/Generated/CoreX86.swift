// Written by imagegen from proto/core-x86.proto: change that and run `make images`.

internal import CImages
public import Linux

/// user_x86_regs_mode: a value that this version does not know stays what it is.
public struct UserX86RegsMode: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let native = Self(rawValue: 1)
  public static let compat = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    1: "NATIVE",
    2: "COMPAT",
  ]
}

/// user_x86_regs_entry
public struct UserX86RegsEntry: ImageMessage {
  public var r15: UInt64 = 0
  public var r14: UInt64 = 0
  public var r13: UInt64 = 0
  public var r12: UInt64 = 0
  public var bp: UInt64 = 0
  public var bx: UInt64 = 0
  public var r11: UInt64 = 0
  public var r10: UInt64 = 0
  public var r9: UInt64 = 0
  public var r8: UInt64 = 0
  public var ax: UInt64 = 0
  public var cx: UInt64 = 0
  public var dx: UInt64 = 0
  public var si: UInt64 = 0
  public var di: UInt64 = 0
  /// syscall number or -1 (sign-extended)
  public var origAx: UInt64 = 0
  /// program counter
  public var ip: UInt64 = 0
  /// selector; 0x33 native, 0x23 compat
  public var cs: UInt64 = 0
  public var flags: UInt64 = 0
  /// stack pointer
  public var sp: UInt64 = 0
  public var ss: UInt64 = 0
  /// PTRACE_GETREGSET NT_PRSTATUS
  public var fsBase: UInt64 = 0
  /// the same
  public var gsBase: UInt64 = 0
  public var ds: UInt64 = 0
  public var es: UInt64 = 0
  public var fs: UInt64 = 0
  public var gs: UInt64 = 0
  /// NATIVE 64-bit or COMPAT 32-bit task
  public var mode: UserX86RegsMode?
  public var unknownFields: [UnknownField] = []

  public static let name = "user_x86_regs_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserX86RegsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserX86RegsEntry>) {
    user_x86_regs_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserX86RegsEntry>) {
    r15 = c.pointee.r15
    r14 = c.pointee.r14
    r13 = c.pointee.r13
    r12 = c.pointee.r12
    bp = c.pointee.bp
    bx = c.pointee.bx
    r11 = c.pointee.r11
    r10 = c.pointee.r10
    r9 = c.pointee.r9
    r8 = c.pointee.r8
    ax = c.pointee.ax
    cx = c.pointee.cx
    dx = c.pointee.dx
    si = c.pointee.si
    di = c.pointee.di
    origAx = c.pointee.orig_ax
    ip = c.pointee.ip
    cs = c.pointee.cs
    flags = c.pointee.flags
    sp = c.pointee.sp
    ss = c.pointee.ss
    fsBase = c.pointee.fs_base
    gsBase = c.pointee.gs_base
    ds = c.pointee.ds
    es = c.pointee.es
    fs = c.pointee.fs
    gs = c.pointee.gs
    if c.pointee.has_mode != 0 { mode = UserX86RegsMode(rawValue: c.pointee.mode.rawValue) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserX86RegsEntry>, _ arena: Arena) {
    c.pointee.r15 = r15
    c.pointee.r14 = r14
    c.pointee.r13 = r13
    c.pointee.r12 = r12
    c.pointee.bp = bp
    c.pointee.bx = bx
    c.pointee.r11 = r11
    c.pointee.r10 = r10
    c.pointee.r9 = r9
    c.pointee.r8 = r8
    c.pointee.ax = ax
    c.pointee.cx = cx
    c.pointee.dx = dx
    c.pointee.si = si
    c.pointee.di = di
    c.pointee.orig_ax = origAx
    c.pointee.ip = ip
    c.pointee.cs = cs
    c.pointee.flags = flags
    c.pointee.sp = sp
    c.pointee.ss = ss
    c.pointee.fs_base = fsBase
    c.pointee.gs_base = gsBase
    c.pointee.ds = ds
    c.pointee.es = es
    c.pointee.fs = fs
    c.pointee.gs = gs
    if let value = mode {
      c.pointee.has_mode = 1
      c.pointee.mode = CImages.UserX86RegsMode(value.rawValue)
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// user_x86_cet_entry
public struct UserX86CetEntry: ImageMessage {
  /// enabled features (ARCH_SHSTK_*) from NT_X86_SHSTK / arch_prctl status
  public var cet: UInt64 = 0
  /// user shadow stack pointer
  public var ssp: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "user_x86_cet_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserX86CetEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserX86CetEntry>) {
    user_x86_cet_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserX86CetEntry>) {
    cet = c.pointee.cet
    ssp = c.pointee.ssp
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserX86CetEntry>, _ arena: Arena) {
    c.pointee.cet = cet
    c.pointee.ssp = ssp
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// user_x86_xsave_entry
public struct UserX86XsaveEntry: ImageMessage {
  /// XSAVE header state-component bitmap
  public var xstateBv: UInt64 = 0
  /// 16x128 bit high halves as 64 u32
  public var ymmhSpace: [UInt32] = []
  /// 8 u64
  public var bndregState: [UInt64] = []
  /// 8 u64
  public var bndcsrState: [UInt64] = []
  /// 8 u64 (k0-k7)
  public var opmaskReg: [UInt64] = []
  /// 64 u64
  public var zmmUpper: [UInt64] = []
  /// 128 u64
  public var hi16Zmm: [UInt64] = []
  /// 2 u32
  public var pkru: [UInt32] = []
  /// present when CPU has SHSTK
  @Boxed public var cet: UserX86CetEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "user_x86_xsave_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserX86XsaveEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserX86XsaveEntry>) {
    user_x86_xsave_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserX86XsaveEntry>) {
    xstateBv = c.pointee.xstate_bv
    ymmhSpace = Read.values(c.pointee.ymmh_space, c.pointee.n_ymmh_space)
    bndregState = Read.values(c.pointee.bndreg_state, c.pointee.n_bndreg_state)
    bndcsrState = Read.values(c.pointee.bndcsr_state, c.pointee.n_bndcsr_state)
    opmaskReg = Read.values(c.pointee.opmask_reg, c.pointee.n_opmask_reg)
    zmmUpper = Read.values(c.pointee.zmm_upper, c.pointee.n_zmm_upper)
    hi16Zmm = Read.values(c.pointee.hi16_zmm, c.pointee.n_hi16_zmm)
    pkru = Read.values(c.pointee.pkru, c.pointee.n_pkru)
    cet = c.pointee.cet.map { UserX86CetEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserX86XsaveEntry>, _ arena: Arena) {
    c.pointee.xstate_bv = xstateBv
    (c.pointee.ymmh_space, c.pointee.n_ymmh_space) = arena.values(ymmhSpace)
    (c.pointee.bndreg_state, c.pointee.n_bndreg_state) = arena.values(bndregState)
    (c.pointee.bndcsr_state, c.pointee.n_bndcsr_state) = arena.values(bndcsrState)
    (c.pointee.opmask_reg, c.pointee.n_opmask_reg) = arena.values(opmaskReg)
    (c.pointee.zmm_upper, c.pointee.n_zmm_upper) = arena.values(zmmUpper)
    (c.pointee.hi16_zmm, c.pointee.n_hi16_zmm) = arena.values(hi16Zmm)
    (c.pointee.pkru, c.pointee.n_pkru) = arena.values(pkru)
    c.pointee.cet = cet.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// user_x86_fpregs_entry
public struct UserX86FpregsEntry: ImageMessage {
  /// x87 control
  public var cwd: UInt32 = 0
  /// x87 status
  public var swd: UInt32 = 0
  /// tag word
  public var twd: UInt32 = 0
  /// last opcode
  public var fop: UInt32 = 0
  /// last ip
  public var rip: UInt64 = 0
  /// last data ptr
  public var rdp: UInt64 = 0
  /// SSE control
  public var mxcsr: UInt32 = 0
  public var mxcsrMask: UInt32 = 0
  /// always 32 values
  public var stSpace: [UInt32] = []
  /// always 64 values
  public var xmmSpace: [UInt32] = []
  public var padding: [UInt32] = []
  /// present when OSXSAVE
  @Boxed public var xsave: UserX86XsaveEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "user_x86_fpregs_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserX86FpregsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserX86FpregsEntry>) {
    user_x86_fpregs_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserX86FpregsEntry>) {
    cwd = c.pointee.cwd
    swd = c.pointee.swd
    twd = c.pointee.twd
    fop = c.pointee.fop
    rip = c.pointee.rip
    rdp = c.pointee.rdp
    mxcsr = c.pointee.mxcsr
    mxcsrMask = c.pointee.mxcsr_mask
    stSpace = Read.values(c.pointee.st_space, c.pointee.n_st_space)
    xmmSpace = Read.values(c.pointee.xmm_space, c.pointee.n_xmm_space)
    padding = Read.values(c.pointee.padding, c.pointee.n_padding)
    xsave = c.pointee.xsave.map { UserX86XsaveEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserX86FpregsEntry>, _ arena: Arena) {
    c.pointee.cwd = cwd
    c.pointee.swd = swd
    c.pointee.twd = twd
    c.pointee.fop = fop
    c.pointee.rip = rip
    c.pointee.rdp = rdp
    c.pointee.mxcsr = mxcsr
    c.pointee.mxcsr_mask = mxcsrMask
    (c.pointee.st_space, c.pointee.n_st_space) = arena.values(stSpace)
    (c.pointee.xmm_space, c.pointee.n_xmm_space) = arena.values(xmmSpace)
    (c.pointee.padding, c.pointee.n_padding) = arena.values(padding)
    c.pointee.xsave = xsave.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// user_desc_t
public struct UserDescT: ImageMessage {
  /// GDT index 12..14
  public var entryNumber: UInt32 = 0
  /// get_thread_area (32-bit TLS)
  public var baseAddr: UInt32 = 0
  public var limit: UInt32 = 0
  /// flag of struct user_desc
  public var seg32bit: Bool = false
  /// contents bit 1 (read contents = h*2 + l)
  public var contentsH: Bool = false
  /// contents bit 0
  public var contentsL: Bool = false
  public var readExecOnly: Bool = true
  public var limitInPages: Bool = false
  /// flag; true = empty slot
  public var segNotPresent: Bool = true
  public var usable: Bool = false
  public var unknownFields: [UnknownField] = []

  public static let name = "user_desc_t"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UserDescT: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UserDescT>) {
    user_desc_t__init(c)
  }

  init(reading c: UnsafePointer<CImages.UserDescT>) {
    entryNumber = c.pointee.entry_number
    baseAddr = c.pointee.base_addr
    limit = c.pointee.limit
    seg32bit = c.pointee.seg_32bit != 0
    contentsH = c.pointee.contents_h != 0
    contentsL = c.pointee.contents_l != 0
    readExecOnly = c.pointee.read_exec_only != 0
    limitInPages = c.pointee.limit_in_pages != 0
    segNotPresent = c.pointee.seg_not_present != 0
    usable = c.pointee.usable != 0
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UserDescT>, _ arena: Arena) {
    c.pointee.entry_number = entryNumber
    c.pointee.base_addr = baseAddr
    c.pointee.limit = limit
    c.pointee.seg_32bit = seg32bit ? 1 : 0
    c.pointee.contents_h = contentsH ? 1 : 0
    c.pointee.contents_l = contentsL ? 1 : 0
    c.pointee.read_exec_only = readExecOnly ? 1 : 0
    c.pointee.limit_in_pages = limitInPages ? 1 : 0
    c.pointee.seg_not_present = segNotPresent ? 1 : 0
    c.pointee.usable = usable ? 1 : 0
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// thread_info_x86
public struct ThreadInfoX86: ImageMessage {
  /// prctl PR_GET_TID_ADDRESS (parasite)
  public var clearTidAddr: UInt64 = 0
  /// general registers
  public var gpregs: UserX86RegsEntry = UserX86RegsEntry()
  /// FPU/XSAVE state
  public var fpregs: UserX86FpregsEntry = UserX86FpregsEntry()
  /// always 3 descriptors
  public var tls: [UserDescT] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "thread_info_x86"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ThreadInfoX86: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ThreadInfoX86>) {
    thread_info_x86__init(c)
  }

  init(reading c: UnsafePointer<CImages.ThreadInfoX86>) {
    clearTidAddr = c.pointee.clear_tid_addr
    gpregs = UserX86RegsEntry(reading: c.pointee.gpregs)
    fpregs = UserX86FpregsEntry(reading: c.pointee.fpregs)
    tls = Read.messages(c.pointee.tls, c.pointee.n_tls)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ThreadInfoX86>, _ arena: Arena) {
    c.pointee.clear_tid_addr = clearTidAddr
    c.pointee.gpregs = arena.message(gpregs)
    c.pointee.fpregs = arena.message(fpregs)
    (c.pointee.tls, c.pointee.n_tls) = arena.messages(tls)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
