// Written by imagegen from proto/pipe.proto: change that and run `make images`.

import Images

extension PipeEntry: SampledMessage {
  static let protoFile = "pipe.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    pipeId = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    packets = sampler.optional()
  }
}
