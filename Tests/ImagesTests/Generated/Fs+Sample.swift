// Written by imagegen from proto/fs.proto: change that and run `make images`.

import Images

extension FsEntry: SampledMessage {
  static let protoFile = "fs.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cwdId = UInt32(sampling: &sampler)
    rootId = UInt32(sampling: &sampler)
    umask = sampler.optional()
  }
}
