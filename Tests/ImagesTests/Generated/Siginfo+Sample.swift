// Written by imagegen from proto/siginfo.proto: change that and run `make images`.

import Images

extension SiginfoEntry: SampledMessage {
  static let protoFile = "siginfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    siginfo = [UInt8](sampling: &sampler)
  }
}

extension SignalQueueEntry: SampledMessage {
  static let protoFile = "siginfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    signals = sampler.list()
  }
}
