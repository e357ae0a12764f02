// Written by imagegen from proto/memfd.proto: change that and run `make images`.

import Images

extension MemfdFileEntry: SampledMessage {
  static let protoFile = "memfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    pos = UInt64(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    inodeId = UInt32(sampling: &sampler)
  }
}

extension MemfdInodeEntry: SampledMessage {
  static let protoFile = "memfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
    size = UInt64(sampling: &sampler)
    shmid = UInt32(sampling: &sampler)
    seals = UInt32(sampling: &sampler)
    inodeId = UInt64(sampling: &sampler)
    hugetlbFlag = sampler.optional()
    mode = sampler.optional()
  }
}
