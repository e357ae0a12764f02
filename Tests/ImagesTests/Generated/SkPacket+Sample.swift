// Written by imagegen from proto/sk-packet.proto: change that and run `make images`.

import Images

extension ScmEntry: SampledMessage {
  static let protoFile = "sk-packet.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = UInt32(sampling: &sampler)
    rights = sampler.list()
  }
}

extension SkPacketEntry: SampledMessage {
  static let protoFile = "sk-packet.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    idFor = UInt32(sampling: &sampler)
    length = UInt32(sampling: &sampler)
    scm = sampler.list()
  }
}
