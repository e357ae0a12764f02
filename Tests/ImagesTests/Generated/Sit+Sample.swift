// Written by imagegen from proto/sit.proto: change that and run `make images`.

import Images

extension SitEntry: SampledMessage {
  static let protoFile = "sit.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    link = sampler.optional()
    local = sampler.list()
    remote = sampler.list()
    ttl = sampler.optional()
    tos = sampler.optional()
    pmtudisc = sampler.optional()
    proto = sampler.optional()
    flags = sampler.optional()
    encapType = sampler.optional()
    encapFlags = sampler.optional()
    encapSport = sampler.optional()
    encapDport = sampler.optional()
    rdPrefixlen = sampler.optional()
    rdPrefix = sampler.list()
    relayPrefixlen = sampler.optional()
    relayPrefix = sampler.list()
  }
}
