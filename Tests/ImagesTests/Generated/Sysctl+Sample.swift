// Written by imagegen from proto/sysctl.proto: change that and run `make images`.

import Images

extension SysctlType: Sampled {}

extension SysctlEntry: SampledMessage {
  static let protoFile = "sysctl.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = SysctlType(sampling: &sampler)
    iarg = sampler.optional()
    sarg = sampler.optional()
  }
}
