// Written by imagegen from proto/mnt.proto: change that and run `make images`.

import Images

extension Fstype: Sampled {}

extension MntEntry: SampledMessage {
  static let protoFile = "mnt.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    fstype = UInt32(sampling: &sampler)
    mntId = UInt32(sampling: &sampler)
    rootDev = UInt32(sampling: &sampler)
    parentMntId = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    root = String(sampling: &sampler)
    mountpoint = String(sampling: &sampler)
    source = String(sampling: &sampler)
    options = String(sampling: &sampler)
    sharedId = sampler.optional()
    masterId = sampler.optional()
    withPlugin = sampler.optional()
    extMount = sampler.optional()
    fsname = sampler.optional()
    internalSharing = sampler.optional()
    deleted = sampler.optional()
    sbFlags = sampler.optional()
    extKey = sampler.optional()
  }
}
