// Written by imagegen from proto/creds.proto: change that and run `make images`.

import Images

extension CredsEntry: SampledMessage {
  static let protoFile = "creds.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
    euid = UInt32(sampling: &sampler)
    egid = UInt32(sampling: &sampler)
    suid = UInt32(sampling: &sampler)
    sgid = UInt32(sampling: &sampler)
    fsuid = UInt32(sampling: &sampler)
    fsgid = UInt32(sampling: &sampler)
    capInh = sampler.list()
    capPrm = sampler.list()
    capEff = sampler.list()
    capBnd = sampler.list()
    secbits = UInt32(sampling: &sampler)
    groups = sampler.list()
    lsmProfile = sampler.optional()
    lsmSockcreate = sampler.optional()
    apparmorData = sampler.optional()
    noNewPrivs = sampler.optional()
    capAmb = sampler.list()
  }
}
