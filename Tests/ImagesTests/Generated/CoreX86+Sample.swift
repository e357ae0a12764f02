// Written by imagegen from proto/core-x86.proto: change that and run `make images`.

import Images

extension UserX86RegsMode: Sampled {}

extension UserX86RegsEntry: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    r15 = UInt64(sampling: &sampler)
    r14 = UInt64(sampling: &sampler)
    r13 = UInt64(sampling: &sampler)
    r12 = UInt64(sampling: &sampler)
    bp = UInt64(sampling: &sampler)
    bx = UInt64(sampling: &sampler)
    r11 = UInt64(sampling: &sampler)
    r10 = UInt64(sampling: &sampler)
    r9 = UInt64(sampling: &sampler)
    r8 = UInt64(sampling: &sampler)
    ax = UInt64(sampling: &sampler)
    cx = UInt64(sampling: &sampler)
    dx = UInt64(sampling: &sampler)
    si = UInt64(sampling: &sampler)
    di = UInt64(sampling: &sampler)
    origAx = UInt64(sampling: &sampler)
    ip = UInt64(sampling: &sampler)
    cs = UInt64(sampling: &sampler)
    flags = UInt64(sampling: &sampler)
    sp = UInt64(sampling: &sampler)
    ss = UInt64(sampling: &sampler)
    fsBase = UInt64(sampling: &sampler)
    gsBase = UInt64(sampling: &sampler)
    ds = UInt64(sampling: &sampler)
    es = UInt64(sampling: &sampler)
    fs = UInt64(sampling: &sampler)
    gs = UInt64(sampling: &sampler)
    mode = sampler.optional()
  }
}

extension UserX86CetEntry: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cet = UInt64(sampling: &sampler)
    ssp = UInt64(sampling: &sampler)
  }
}

extension UserX86XsaveEntry: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    xstateBv = UInt64(sampling: &sampler)
    ymmhSpace = sampler.list()
    bndregState = sampler.list()
    bndcsrState = sampler.list()
    opmaskReg = sampler.list()
    zmmUpper = sampler.list()
    hi16Zmm = sampler.list()
    pkru = sampler.list()
    cet = sampler.optional()
  }
}

extension UserX86FpregsEntry: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cwd = UInt32(sampling: &sampler)
    swd = UInt32(sampling: &sampler)
    twd = UInt32(sampling: &sampler)
    fop = UInt32(sampling: &sampler)
    rip = UInt64(sampling: &sampler)
    rdp = UInt64(sampling: &sampler)
    mxcsr = UInt32(sampling: &sampler)
    mxcsrMask = UInt32(sampling: &sampler)
    stSpace = sampler.list()
    xmmSpace = sampler.list()
    padding = sampler.list()
    xsave = sampler.optional()
  }
}

extension UserDescT: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    entryNumber = UInt32(sampling: &sampler)
    baseAddr = UInt32(sampling: &sampler)
    limit = UInt32(sampling: &sampler)
    seg32bit = Bool(sampling: &sampler)
    contentsH = Bool(sampling: &sampler)
    contentsL = Bool(sampling: &sampler)
    readExecOnly = Bool(sampling: &sampler)
    limitInPages = Bool(sampling: &sampler)
    segNotPresent = Bool(sampling: &sampler)
    usable = Bool(sampling: &sampler)
  }
}

extension ThreadInfoX86: SampledMessage {
  static let protoFile = "core-x86.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    clearTidAddr = UInt64(sampling: &sampler)
    gpregs = UserX86RegsEntry(sampling: &sampler)
    fpregs = UserX86FpregsEntry(sampling: &sampler)
    tls = sampler.list()
  }
}
