// Written by imagegen from proto/rpc.proto: change that and run `make images`.

import Images

extension CriuCgMode: Sampled {}

extension CriuNetworkLockMethod: Sampled {}

extension CriuPreDumpMode: Sampled {}

extension CriuReqType: Sampled {}

extension CriuPageServerInfo: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    address = sampler.optional()
    port = sampler.optional()
    pid = sampler.optional()
    fd = sampler.optional()
  }
}

extension CriuVethPair: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    ifIn = String(sampling: &sampler)
    ifOut = String(sampling: &sampler)
  }
}

extension ExtMountMap: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    key = String(sampling: &sampler)
    val = String(sampling: &sampler)
  }
}

extension JoinNamespace: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    ns = String(sampling: &sampler)
    nsFile = String(sampling: &sampler)
    extraOpt = sampler.optional()
  }
}

extension InheritFd: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    key = String(sampling: &sampler)
    fd = Int32(sampling: &sampler)
  }
}

extension CgroupRoot: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    ctrl = sampler.optional()
    path = String(sampling: &sampler)
  }
}

extension UnixSk: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    inode = UInt32(sampling: &sampler)
  }
}

extension CriuOpts: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    imagesDirFd = Int32(sampling: &sampler)
    pid = sampler.optional()
    leaveRunning = sampler.optional()
    extUnixSk = sampler.optional()
    tcpEstablished = sampler.optional()
    evasiveDevices = sampler.optional()
    shellJob = sampler.optional()
    fileLocks = sampler.optional()
    logLevel = sampler.optional()
    logFile = sampler.optional()
    ps = sampler.optional()
    notifyScripts = sampler.optional()
    root = sampler.optional()
    parentImg = sampler.optional()
    trackMem = sampler.optional()
    autoDedup = sampler.optional()
    workDirFd = sampler.optional()
    linkRemap = sampler.optional()
    veths = sampler.list()
    cpuCap = sampler.optional()
    forceIrmap = sampler.optional()
    execCmd = sampler.list()
    extMnt = sampler.list()
    manageCgroups = sampler.optional()
    cgRoot = sampler.list()
    rstSibling = sampler.optional()
    inheritFd = sampler.list()
    autoExtMnt = sampler.optional()
    extSharing = sampler.optional()
    extMasters = sampler.optional()
    skipMnt = sampler.list()
    enableFs = sampler.list()
    unixSkIno = sampler.list()
    manageCgroupsMode = sampler.optional()
    ghostLimit = sampler.optional()
    irmapScanPaths = sampler.list()
    external = sampler.list()
    emptyNs = sampler.optional()
    joinNs = sampler.list()
    cgroupProps = sampler.optional()
    cgroupPropsFile = sampler.optional()
    cgroupDumpController = sampler.list()
    freezeCgroup = sampler.optional()
    timeout = sampler.optional()
    tcpSkipInFlight = sampler.optional()
    weakSysctls = sampler.optional()
    lazyPages = sampler.optional()
    statusFd = sampler.optional()
    orphanPtsMaster = sampler.optional()
    configFile = sampler.optional()
    tcpClose = sampler.optional()
    lsmProfile = sampler.optional()
    tlsCacert = sampler.optional()
    tlsCacrl = sampler.optional()
    tlsCert = sampler.optional()
    tlsKey = sampler.optional()
    tls = sampler.optional()
    tlsNoCnVerify = sampler.optional()
    cgroupYard = sampler.optional()
    preDumpMode = sampler.optional()
    pidfdStoreSk = sampler.optional()
    lsmMountContext = sampler.optional()
    networkLock = sampler.optional()
    mntnsCompatMode = sampler.optional()
    skipFileRwxCheck = sampler.optional()
    unprivileged = sampler.optional()
    imagesDir = sampler.optional()
    leaveStopped = sampler.optional()
    displayStats = sampler.optional()
    logToStderr = sampler.optional()
  }
}

extension CriuDumpResp: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    restored = sampler.optional()
  }
}

extension CriuRestoreResp: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pid = Int32(sampling: &sampler)
  }
}

extension CriuNotify: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    script = sampler.optional()
    pid = sampler.optional()
  }
}

extension CriuFeatures: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    memTrack = sampler.optional()
    lazyPages = sampler.optional()
    pidfdStore = sampler.optional()
  }
}

extension CriuReq: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = CriuReqType(sampling: &sampler)
    opts = sampler.optional()
    notifySuccess = sampler.optional()
    keepOpen = sampler.optional()
    features = sampler.optional()
    pid = sampler.optional()
  }
}

extension CriuResp: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    type = CriuReqType(sampling: &sampler)
    success = Bool(sampling: &sampler)
    dump = sampler.optional()
    restore = sampler.optional()
    notify = sampler.optional()
    ps = sampler.optional()
    crErrno = sampler.optional()
    features = sampler.optional()
    crErrmsg = sampler.optional()
    version = sampler.optional()
    status = sampler.optional()
  }
}

extension CriuVersion: SampledMessage {
  static let protoFile = "rpc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    majorNumber = Int32(sampling: &sampler)
    minorNumber = Int32(sampling: &sampler)
    gitid = sampler.optional()
    sublevel = sampler.optional()
    extra = sampler.optional()
    name = sampler.optional()
  }
}
