// Written by imagegen from proto/bpfmap-data.proto: change that and run `make images`.

import Images

extension BpfmapDataEntry: SampledMessage {
  static let protoFile = "bpfmap-data.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mapId = UInt32(sampling: &sampler)
    keysBytes = UInt32(sampling: &sampler)
    valuesBytes = UInt32(sampling: &sampler)
    count = UInt32(sampling: &sampler)
  }
}
