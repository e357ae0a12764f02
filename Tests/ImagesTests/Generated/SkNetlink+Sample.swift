// Written by imagegen from proto/sk-netlink.proto: change that and run `make images`.

import Images

extension NetlinkSkEntry: SampledMessage {
  static let protoFile = "sk-netlink.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ino = UInt32(sampling: &sampler)
    `protocol` = UInt32(sampling: &sampler)
    state = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    portid = UInt32(sampling: &sampler)
    groups = sampler.list()
    dstPortid = UInt32(sampling: &sampler)
    dstGroup = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    opts = SkOptsEntry(sampling: &sampler)
    nsId = sampler.optional()
  }
}
