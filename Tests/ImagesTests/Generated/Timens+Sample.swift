// Written by imagegen from proto/timens.proto: change that and run `make images`.

import Images

extension Timespec: SampledMessage {
  static let protoFile = "timens.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    tvSec = UInt64(sampling: &sampler)
    tvNsec = UInt64(sampling: &sampler)
  }
}

extension TimensEntry: SampledMessage {
  static let protoFile = "timens.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    monotonic = Timespec(sampling: &sampler)
    boottime = Timespec(sampling: &sampler)
  }
}
