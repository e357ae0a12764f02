// Written by imagegen from proto/vma.proto: change that and run `make images`.

import Images

extension VmaEntry: SampledMessage {
  static let protoFile = "vma.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    start = UInt64(sampling: &sampler)
    end = UInt64(sampling: &sampler)
    pgoff = UInt64(sampling: &sampler)
    shmid = UInt64(sampling: &sampler)
    prot = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    status = UInt32(sampling: &sampler)
    fd = Int64(sampling: &sampler)
    madv = sampler.optional()
    fdflags = sampler.optional()
  }
}
