// Written by imagegen from proto/mm.proto: change that and run `make images`.

import Images

extension AioRingEntry: SampledMessage {
  static let protoFile = "mm.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt64(sampling: &sampler)
    nrReq = UInt32(sampling: &sampler)
    ringLen = UInt32(sampling: &sampler)
  }
}

extension MmEntry: SampledMessage {
  static let protoFile = "mm.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mmStartCode = UInt64(sampling: &sampler)
    mmEndCode = UInt64(sampling: &sampler)
    mmStartData = UInt64(sampling: &sampler)
    mmEndData = UInt64(sampling: &sampler)
    mmStartStack = UInt64(sampling: &sampler)
    mmStartBrk = UInt64(sampling: &sampler)
    mmBrk = UInt64(sampling: &sampler)
    mmArgStart = UInt64(sampling: &sampler)
    mmArgEnd = UInt64(sampling: &sampler)
    mmEnvStart = UInt64(sampling: &sampler)
    mmEnvEnd = UInt64(sampling: &sampler)
    exeFileId = UInt32(sampling: &sampler)
    mmSavedAuxv = sampler.list()
    vmas = sampler.list()
    dumpable = sampler.optional()
    aios = sampler.list()
    thpDisabled = sampler.optional()
  }
}
