// Written by imagegen from proto/eventpoll.proto: change that and run `make images`.

import Images

extension EventpollTfdEntry: SampledMessage {
  static let protoFile = "eventpoll.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    tfd = UInt32(sampling: &sampler)
    events = UInt32(sampling: &sampler)
    data = UInt64(sampling: &sampler)
    dev = sampler.optional()
    inode = sampler.optional()
    pos = sampler.optional()
  }
}

extension EventpollFileEntry: SampledMessage {
  static let protoFile = "eventpoll.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    tfd = sampler.list()
  }
}
