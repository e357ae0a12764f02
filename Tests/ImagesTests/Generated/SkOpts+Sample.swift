// Written by imagegen from proto/sk-opts.proto: change that and run `make images`.

import Images

extension SkShutdown: Sampled {}

extension SkOptsEntry: SampledMessage {
  static let protoFile = "sk-opts.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    soSndbuf = UInt32(sampling: &sampler)
    soRcvbuf = UInt32(sampling: &sampler)
    soSndTmoSec = UInt64(sampling: &sampler)
    soSndTmoUsec = UInt64(sampling: &sampler)
    soRcvTmoSec = UInt64(sampling: &sampler)
    soRcvTmoUsec = UInt64(sampling: &sampler)
    reuseaddr = sampler.optional()
    soPriority = sampler.optional()
    soRcvlowat = sampler.optional()
    soMark = sampler.optional()
    soPasscred = sampler.optional()
    soPasssec = sampler.optional()
    soDontroute = sampler.optional()
    soNoCheck = sampler.optional()
    soBoundDev = sampler.optional()
    soFilter = sampler.list()
    soReuseport = sampler.optional()
    soBroadcast = sampler.optional()
    soKeepalive = sampler.optional()
    tcpKeepcnt = sampler.optional()
    tcpKeepidle = sampler.optional()
    tcpKeepintvl = sampler.optional()
    soOobinline = sampler.optional()
    soLinger = sampler.optional()
    soBufLock = sampler.optional()
    soPeekOff = sampler.optional()
  }
}
