// Written by imagegen from proto/core.proto: change that and run `make images`.

import Images

extension SeccompMode: Sampled {}

extension CoreEntry.March: Sampled {}

extension TaskCoreEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    taskState = UInt32(sampling: &sampler)
    exitCode = UInt32(sampling: &sampler)
    personality = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    blkSigset = UInt64(sampling: &sampler)
    comm = String(sampling: &sampler)
    timers = sampler.optional()
    rlimits = sampler.optional()
    cgSet = sampler.optional()
    signalsS = sampler.optional()
    oldSeccompMode = sampler.optional()
    oldSeccompFilter = sampler.optional()
    loginuid = sampler.optional()
    oomScoreAdj = sampler.optional()
    sigactions = sampler.list()
    childSubreaper = sampler.optional()
    blkSigsetExtended = sampler.optional()
    stopSigno = sampler.optional()
    membarrierRegistrationMask = sampler.optional()
  }
}

extension TaskKobjIdsEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    vmId = UInt32(sampling: &sampler)
    filesId = UInt32(sampling: &sampler)
    fsId = UInt32(sampling: &sampler)
    sighandId = UInt32(sampling: &sampler)
    pidNsId = sampler.optional()
    netNsId = sampler.optional()
    ipcNsId = sampler.optional()
    utsNsId = sampler.optional()
    mntNsId = sampler.optional()
    userNsId = sampler.optional()
    cgroupNsId = sampler.optional()
    timeNsId = sampler.optional()
  }
}

extension ThreadSasEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    ssSp = UInt64(sampling: &sampler)
    ssSize = UInt64(sampling: &sampler)
    ssFlags = UInt32(sampling: &sampler)
  }
}

extension ThreadCoreEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    futexRla = UInt64(sampling: &sampler)
    futexRlaLen = UInt32(sampling: &sampler)
    schedNice = sampler.optional()
    schedPolicy = sampler.optional()
    schedPrio = sampler.optional()
    blkSigset = sampler.optional()
    sas = sampler.optional()
    pdeathSig = sampler.optional()
    signalsP = sampler.optional()
    creds = sampler.optional()
    seccompMode = sampler.optional()
    seccompFilter = sampler.optional()
    comm = sampler.optional()
    blkSigsetExtended = sampler.optional()
    rseqEntry = sampler.optional()
    cgSet = sampler.optional()
  }
}

extension TaskRlimitsEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    rlimits = sampler.list()
  }
}

extension CoreEntry: SampledMessage {
  static let protoFile = "core.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mtype = CoreEntry.March(sampling: &sampler)
    threadInfo = sampler.optional()
    tc = sampler.optional()
    ids = sampler.optional()
    threadCore = sampler.optional()
    tiAarch64 = sampler.optional()
  }
}
