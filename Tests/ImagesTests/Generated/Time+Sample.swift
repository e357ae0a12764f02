// Written by imagegen from proto/time.proto: change that and run `make images`.

import Images

extension Timeval: SampledMessage {
  static let protoFile = "time.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    tvSec = UInt64(sampling: &sampler)
    tvUsec = UInt64(sampling: &sampler)
  }
}
