// Written by imagegen from proto/binfmt-misc.proto: change that and run `make images`.

import Images

extension BinfmtMiscEntry: SampledMessage {
  static let protoFile = "binfmt-misc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    enabled = Bool(sampling: &sampler)
    interpreter = String(sampling: &sampler)
    flags = sampler.optional()
    `extension` = sampler.optional()
    magic = sampler.optional()
    mask = sampler.optional()
    offset = sampler.optional()
  }
}
