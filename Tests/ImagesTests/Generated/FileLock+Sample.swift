// Written by imagegen from proto/file-lock.proto: change that and run `make images`.

import Images

extension FileLockEntry: SampledMessage {
  static let protoFile = "file-lock.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    flag = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    pid = Int32(sampling: &sampler)
    fd = Int32(sampling: &sampler)
    start = Int64(sampling: &sampler)
    len = Int64(sampling: &sampler)
  }
}
