// Written by imagegen from proto/inventory.proto: change that and run `make images`.

import Images

extension Lsmtype: Sampled {}

extension PluginsEntry: SampledMessage {
  static let protoFile = "inventory.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    plugins = sampler.list()
  }
}

extension InventoryEntry: SampledMessage {
  static let protoFile = "inventory.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    imgVersion = UInt32(sampling: &sampler)
    fdinfoPerId = sampler.optional()
    rootIds = sampler.optional()
    nsPerId = sampler.optional()
    rootCgSet = sampler.optional()
    lsmtype = sampler.optional()
    dumpUptime = sampler.optional()
    preDumpMode = sampler.optional()
    tcpClose = sampler.optional()
    networkLockMethod = sampler.optional()
    pluginsEntry = sampler.optional()
    dumpCriuRunId = sampler.optional()
    allowUprobes = sampler.optional()
  }
}
