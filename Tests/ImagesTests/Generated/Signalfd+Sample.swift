// Written by imagegen from proto/signalfd.proto: change that and run `make images`.

import Images

extension SignalfdEntry: SampledMessage {
  static let protoFile = "signalfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    sigmask = UInt64(sampling: &sampler)
  }
}
