// Written by imagegen from proto/timerfd.proto: change that and run `make images`.

import Images

extension TimerfdEntry: SampledMessage {
  static let protoFile = "timerfd.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    clockid = UInt32(sampling: &sampler)
    ticks = UInt64(sampling: &sampler)
    settimeFlags = UInt32(sampling: &sampler)
    vsec = UInt64(sampling: &sampler)
    vnsec = UInt64(sampling: &sampler)
    isec = UInt64(sampling: &sampler)
    insec = UInt64(sampling: &sampler)
  }
}
