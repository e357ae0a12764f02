// Written by imagegen from proto/bpfmap-file.proto: change that and run `make images`.

import Images

extension BpfmapFileEntry: SampledMessage {
  static let protoFile = "bpfmap-file.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    pos = UInt64(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    mapType = UInt32(sampling: &sampler)
    keySize = UInt32(sampling: &sampler)
    valueSize = UInt32(sampling: &sampler)
    mapId = UInt32(sampling: &sampler)
    maxEntries = UInt32(sampling: &sampler)
    mapFlags = UInt32(sampling: &sampler)
    memlock = UInt64(sampling: &sampler)
    frozen = Bool(sampling: &sampler)
    mapName = String(sampling: &sampler)
    ifindex = UInt32(sampling: &sampler)
    mntId = sampler.optional()
    mapExtra = sampler.optional()
  }
}
