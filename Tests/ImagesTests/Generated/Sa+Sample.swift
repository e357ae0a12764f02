// Written by imagegen from proto/sa.proto: change that and run `make images`.

import Images

extension SaEntry: SampledMessage {
  static let protoFile = "sa.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    sigaction = UInt64(sampling: &sampler)
    flags = UInt64(sampling: &sampler)
    restorer = UInt64(sampling: &sampler)
    mask = UInt64(sampling: &sampler)
    compatSigaction = sampler.optional()
    maskExtended = sampler.optional()
  }
}
