// Written by imagegen from proto/cpuinfo.proto: change that and run `make images`.

import Images

extension CpuinfoX86Entry.Vendor: Sampled {}

extension CpuinfoPpc64Entry.Endianness: Sampled {}

extension CpuinfoX86Entry: SampledMessage {
  static let protoFile = "cpuinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    vendorId = CpuinfoX86Entry.Vendor(sampling: &sampler)
    cpuFamily = UInt32(sampling: &sampler)
    model = UInt32(sampling: &sampler)
    stepping = UInt32(sampling: &sampler)
    capabilityVer = UInt32(sampling: &sampler)
    capability = sampler.list()
    modelId = sampler.optional()
    xfeaturesMask = sampler.optional()
    xsaveSize = sampler.optional()
    xsaveSizeMax = sampler.optional()
  }
}

extension CpuinfoPpc64Entry: SampledMessage {
  static let protoFile = "cpuinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    endian = CpuinfoPpc64Entry.Endianness(sampling: &sampler)
    hwcap = sampler.list()
  }
}

extension CpuinfoS390Entry: SampledMessage {
  static let protoFile = "cpuinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    hwcap = sampler.list()
  }
}

extension CpuinfoEntry: SampledMessage {
  static let protoFile = "cpuinfo.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    x86Entry = sampler.list()
    ppc64Entry = sampler.list()
    s390Entry = sampler.list()
  }
}
