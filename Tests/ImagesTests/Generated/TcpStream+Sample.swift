// Written by imagegen from proto/tcp-stream.proto: change that and run `make images`.

import Images

extension TcpOptsEntry: SampledMessage {
  static let protoFile = "tcp-stream.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cork = sampler.optional()
    nodelay = sampler.optional()
    keepcnt = sampler.optional()
    keepidle = sampler.optional()
    keepintvl = sampler.optional()
  }
}

extension TcpStreamEntry: SampledMessage {
  static let protoFile = "tcp-stream.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    inqLen = UInt32(sampling: &sampler)
    inqSeq = UInt32(sampling: &sampler)
    outqLen = UInt32(sampling: &sampler)
    outqSeq = UInt32(sampling: &sampler)
    optMask = UInt32(sampling: &sampler)
    sndWscale = UInt32(sampling: &sampler)
    mssClamp = UInt32(sampling: &sampler)
    rcvWscale = sampler.optional()
    timestamp = sampler.optional()
    cork = sampler.optional()
    nodelay = sampler.optional()
    unsqLen = sampler.optional()
    sndWl1 = sampler.optional()
    sndWnd = sampler.optional()
    maxWindow = sampler.optional()
    rcvWnd = sampler.optional()
    rcvWup = sampler.optional()
  }
}
