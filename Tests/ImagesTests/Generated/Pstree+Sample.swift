// Written by imagegen from proto/pstree.proto: change that and run `make images`.

import Images

extension PstreeEntry: SampledMessage {
  static let protoFile = "pstree.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pid = UInt32(sampling: &sampler)
    ppid = UInt32(sampling: &sampler)
    pgid = UInt32(sampling: &sampler)
    sid = UInt32(sampling: &sampler)
    threads = sampler.list()
  }
}
