// Written by imagegen from proto/fown.proto: change that and run `make images`.

import Images

extension FownEntry: SampledMessage {
  static let protoFile = "fown.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    uid = UInt32(sampling: &sampler)
    euid = UInt32(sampling: &sampler)
    signum = UInt32(sampling: &sampler)
    pidType = UInt32(sampling: &sampler)
    pid = UInt32(sampling: &sampler)
  }
}
