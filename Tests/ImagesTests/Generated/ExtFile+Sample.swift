// Written by imagegen from proto/ext-file.proto: change that and run `make images`.

import Images

extension ExtFileEntry: SampledMessage {
  static let protoFile = "ext-file.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
  }
}
