// Written by imagegen from proto/pipe-data.proto: change that and run `make images`.

import Images

extension PipeDataEntry: SampledMessage {
  static let protoFile = "pipe-data.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pipeId = UInt32(sampling: &sampler)
    bytes = UInt32(sampling: &sampler)
    size = sampler.optional()
    packets = sampler.list()
  }
}
