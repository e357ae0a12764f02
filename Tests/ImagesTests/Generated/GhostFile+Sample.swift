// Written by imagegen from proto/ghost-file.proto: change that and run `make images`.

import Images

extension GhostFileEntry: SampledMessage {
  static let protoFile = "ghost-file.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
    mode = UInt32(sampling: &sampler)
    dev = sampler.optional()
    ino = sampler.optional()
    rdev = sampler.optional()
    atim = sampler.optional()
    mtim = sampler.optional()
    chunks = sampler.optional()
    size = sampler.optional()
    symlnkTarget = sampler.optional()
  }
}

extension GhostChunkEntry: SampledMessage {
  static let protoFile = "ghost-file.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    len = UInt64(sampling: &sampler)
    off = UInt64(sampling: &sampler)
  }
}
