// Written by imagegen from proto/sk-inet.proto: change that and run `make images`.

import Images

extension IpOptsRawEntry: SampledMessage {
  static let protoFile = "sk-inet.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    hdrincl = sampler.optional()
    nodefrag = sampler.optional()
    checksum = sampler.optional()
    icmpvFilter = sampler.list()
  }
}

extension IpOptsEntry: SampledMessage {
  static let protoFile = "sk-inet.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    freebind = sampler.optional()
    raw = sampler.optional()
    pktinfo = sampler.optional()
    tos = sampler.optional()
    ttl = sampler.optional()
  }
}

extension InetSkEntry: SampledMessage {
  static let protoFile = "sk-inet.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ino = UInt32(sampling: &sampler)
    family = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    proto = UInt32(sampling: &sampler)
    state = UInt32(sampling: &sampler)
    srcPort = UInt32(sampling: &sampler)
    dstPort = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    backlog = UInt32(sampling: &sampler)
    srcAddr = sampler.list()
    dstAddr = sampler.list()
    fown = FownEntry(sampling: &sampler)
    opts = SkOptsEntry(sampling: &sampler)
    v6only = sampler.optional()
    ipOpts = sampler.optional()
    ifname = sampler.optional()
    nsId = sampler.optional()
    shutdown = sampler.optional()
    tcpOpts = sampler.optional()
  }
}
