// Written by imagegen from proto/pidfd.proto: change that and run `make images`.

import Images

extension PidfdEntry: SampledMessage {
  static let protoFile = "pidfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ino = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    nspid = Int32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
  }
}
