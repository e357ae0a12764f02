// Written by imagegen from proto/netdev.proto: change that and run `make images`.

import Images

extension NdType: Sampled {}

extension NetDeviceEntry: SampledMessage {
  static let protoFile = "netdev.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = NdType(sampling: &sampler)
    ifindex = UInt32(sampling: &sampler)
    mtu = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    name = String(sampling: &sampler)
    tun = sampler.optional()
    address = sampler.optional()
    conf = sampler.list()
    conf4 = sampler.list()
    conf6 = sampler.list()
    macvlan = sampler.optional()
    peerIfindex = sampler.optional()
    peerNsid = sampler.optional()
    master = sampler.optional()
    sit = sampler.optional()
  }
}

extension NetnsId: SampledMessage {
  static let protoFile = "netdev.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    targetNsId = UInt32(sampling: &sampler)
    netnsidValue = Int32(sampling: &sampler)
  }
}

extension NetnsEntry: SampledMessage {
  static let protoFile = "netdev.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    defConf = sampler.list()
    allConf = sampler.list()
    defConf4 = sampler.list()
    allConf4 = sampler.list()
    defConf6 = sampler.list()
    allConf6 = sampler.list()
    nsids = sampler.list()
    extKey = sampler.optional()
    unixConf = sampler.list()
    ipv4Sysctl = sampler.list()
  }
}
