// Written by imagegen from proto/timer.proto: change that and run `make images`.

import Images

extension ItimerEntry: SampledMessage {
  static let protoFile = "timer.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    isec = UInt64(sampling: &sampler)
    iusec = UInt64(sampling: &sampler)
    vsec = UInt64(sampling: &sampler)
    vusec = UInt64(sampling: &sampler)
  }
}

extension PosixTimerEntry: SampledMessage {
  static let protoFile = "timer.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    itId = UInt32(sampling: &sampler)
    clockId = UInt32(sampling: &sampler)
    siSigno = UInt32(sampling: &sampler)
    itSigevNotify = UInt32(sampling: &sampler)
    sivalPtr = UInt64(sampling: &sampler)
    overrun = UInt32(sampling: &sampler)
    isec = UInt64(sampling: &sampler)
    insec = UInt64(sampling: &sampler)
    vsec = UInt64(sampling: &sampler)
    vnsec = UInt64(sampling: &sampler)
    notifyThreadId = sampler.optional()
  }
}

extension TaskTimersEntry: SampledMessage {
  static let protoFile = "timer.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    real = ItimerEntry(sampling: &sampler)
    virt = ItimerEntry(sampling: &sampler)
    prof = ItimerEntry(sampling: &sampler)
    posix = sampler.list()
  }
}
