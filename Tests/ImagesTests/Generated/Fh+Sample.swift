// Written by imagegen from proto/fh.proto: change that and run `make images`.

import Images

extension FhEntrySizes: Sampled {}

extension FhEntry: SampledMessage {
  static let protoFile = "fh.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    bytes = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    handle = sampler.list()
    path = sampler.optional()
    mntId = sampler.optional()
  }
}

extension IrmapCacheEntry: SampledMessage {
  static let protoFile = "fh.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    dev = UInt32(sampling: &sampler)
    inode = UInt64(sampling: &sampler)
    path = String(sampling: &sampler)
  }
}
