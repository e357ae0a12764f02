// Written by imagegen from proto/rseq.proto: change that and run `make images`.

import Images

extension RseqEntry: SampledMessage {
  static let protoFile = "rseq.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    rseqAbiPointer = UInt64(sampling: &sampler)
    rseqAbiSize = UInt32(sampling: &sampler)
    signature = UInt32(sampling: &sampler)
    rseqCsPointer = sampler.optional()
  }
}
