// Written by imagegen from proto/tun.proto: change that and run `make images`.

import Images

extension TunfileEntry: SampledMessage {
  static let protoFile = "tun.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    netdev = sampler.optional()
    detached = sampler.optional()
    nsId = sampler.optional()
  }
}

extension TunLinkEntry: SampledMessage {
  static let protoFile = "tun.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    flags = UInt32(sampling: &sampler)
    owner = Int32(sampling: &sampler)
    group = Int32(sampling: &sampler)
    vnethdr = UInt32(sampling: &sampler)
    sndbuf = UInt32(sampling: &sampler)
  }
}
