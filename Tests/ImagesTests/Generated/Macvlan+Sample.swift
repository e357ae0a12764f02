// Written by imagegen from proto/macvlan.proto: change that and run `make images`.

import Images

extension MacvlanLinkEntry: SampledMessage {
  static let protoFile = "macvlan.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mode = UInt32(sampling: &sampler)
    flags = sampler.optional()
  }
}
