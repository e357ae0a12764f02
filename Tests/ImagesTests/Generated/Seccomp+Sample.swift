// Written by imagegen from proto/seccomp.proto: change that and run `make images`.

import Images

extension SeccompFilter: SampledMessage {
  static let protoFile = "seccomp.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    filter = [UInt8](sampling: &sampler)
    prev = sampler.optional()
    flags = sampler.optional()
  }
}

extension SeccompEntry: SampledMessage {
  static let protoFile = "seccomp.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    seccompFilters = sampler.list()
  }
}
