// Written by imagegen from proto/remap-file-path.proto: change that and run `make images`.

import Images

extension RemapType: Sampled {}

extension RemapFilePathEntry: SampledMessage {
  static let protoFile = "remap-file-path.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    origId = UInt32(sampling: &sampler)
    remapId = UInt32(sampling: &sampler)
    remapType = sampler.optional()
  }
}
