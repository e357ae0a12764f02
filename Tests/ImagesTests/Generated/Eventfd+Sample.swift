// Written by imagegen from proto/eventfd.proto: change that and run `make images`.

import Images

extension EventfdFileEntry: SampledMessage {
  static let protoFile = "eventfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    counter = UInt64(sampling: &sampler)
  }
}
