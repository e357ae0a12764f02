// Written by imagegen from proto/autofs.proto: change that and run `make images`.

import Images

extension AutofsEntry: SampledMessage {
  static let protoFile = "autofs.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    fd = Int32(sampling: &sampler)
    pgrp = Int32(sampling: &sampler)
    timeout = Int32(sampling: &sampler)
    minproto = Int32(sampling: &sampler)
    maxproto = Int32(sampling: &sampler)
    mode = Int32(sampling: &sampler)
    uid = sampler.optional()
    gid = sampler.optional()
    readFd = sampler.optional()
  }
}
