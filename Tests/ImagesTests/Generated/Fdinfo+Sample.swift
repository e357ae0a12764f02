// Written by imagegen from proto/fdinfo.proto: change that and run `make images`.

import Images

extension FdTypes: Sampled {}

extension FdinfoEntry: SampledMessage {
  static let protoFile = "fdinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    type = FdTypes(sampling: &sampler)
    fd = UInt32(sampling: &sampler)
    xattrSecuritySelinux = sampler.optional()
  }
}

extension FileEntry: SampledMessage {
  static let protoFile = "fdinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = FdTypes(sampling: &sampler)
    id = UInt32(sampling: &sampler)
    reg = sampler.optional()
    isk = sampler.optional()
    nsf = sampler.optional()
    psk = sampler.optional()
    nlsk = sampler.optional()
    efd = sampler.optional()
    epfd = sampler.optional()
    sgfd = sampler.optional()
    tunf = sampler.optional()
    tfd = sampler.optional()
    ify = sampler.optional()
    ffy = sampler.optional()
    ext = sampler.optional()
    usk = sampler.optional()
    fifo = sampler.optional()
    pipe = sampler.optional()
    tty = sampler.optional()
    memfd = sampler.optional()
    bpf = sampler.optional()
    pidfd = sampler.optional()
  }
}
