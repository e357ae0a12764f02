// Written by imagegen from proto/ipc-shm.proto: change that and run `make images`.

import Images

extension IpcShmEntry: SampledMessage {
  static let protoFile = "ipc-shm.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    desc = IpcDescEntry(sampling: &sampler)
    size = UInt64(sampling: &sampler)
    inPagemaps = sampler.optional()
    hugetlbFlag = sampler.optional()
  }
}
