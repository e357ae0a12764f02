// Written by imagegen from proto/core-aarch64.proto: change that and run `make images`.

import Images

extension UserAarch64RegsEntry: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    regs = sampler.list()
    sp = UInt64(sampling: &sampler)
    pc = UInt64(sampling: &sampler)
    pstate = UInt64(sampling: &sampler)
  }
}

extension UserAarch64FpsimdContextEntry: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    vregs = sampler.list()
    fpsr = UInt32(sampling: &sampler)
    fpcr = UInt32(sampling: &sampler)
  }
}

extension PacAddressKeys: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    apiakeyLo = UInt64(sampling: &sampler)
    apiakeyHi = UInt64(sampling: &sampler)
    apibkeyLo = UInt64(sampling: &sampler)
    apibkeyHi = UInt64(sampling: &sampler)
    apdakeyLo = UInt64(sampling: &sampler)
    apdakeyHi = UInt64(sampling: &sampler)
    apdbkeyLo = UInt64(sampling: &sampler)
    apdbkeyHi = UInt64(sampling: &sampler)
    pacEnabledKey = UInt64(sampling: &sampler)
  }
}

extension PacGenericKeys: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    apgakeyLo = UInt64(sampling: &sampler)
    apgakeyHi = UInt64(sampling: &sampler)
  }
}

extension PacKeys: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pacAddressKeys = sampler.optional()
    pacGenericKeys = sampler.optional()
  }
}

extension ThreadInfoAarch64: SampledMessage {
  static let protoFile = "core-aarch64.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    clearTidAddr = UInt64(sampling: &sampler)
    tls = UInt64(sampling: &sampler)
    gpregs = UserAarch64RegsEntry(sampling: &sampler)
    fpsimd = UserAarch64FpsimdContextEntry(sampling: &sampler)
    pacKeys = sampler.optional()
  }
}
