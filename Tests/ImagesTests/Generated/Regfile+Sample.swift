// Written by imagegen from proto/regfile.proto: change that and run `make images`.

import Images

extension RegFileEntry: SampledMessage {
  static let protoFile = "regfile.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    pos = UInt64(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    name = String(sampling: &sampler)
    mntId = sampler.optional()
    size = sampler.optional()
    ext = sampler.optional()
    mode = sampler.optional()
    buildId = sampler.list()
    checksum = sampler.optional()
    checksumConfig = sampler.optional()
    checksumParameter = sampler.optional()
  }
}
