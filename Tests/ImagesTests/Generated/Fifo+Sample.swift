// Written by imagegen from proto/fifo.proto: change that and run `make images`.

import Images

extension FifoEntry: SampledMessage {
  static let protoFile = "fifo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    pipeId = UInt32(sampling: &sampler)
    regfId = sampler.optional()
    packets = sampler.optional()
  }
}
