// Written by imagegen from proto/rlimit.proto: change that and run `make images`.

import Images

extension RlimitEntry: SampledMessage {
  static let protoFile = "rlimit.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cur = UInt64(sampling: &sampler)
    max = UInt64(sampling: &sampler)
  }
}
