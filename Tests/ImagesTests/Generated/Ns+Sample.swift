// Written by imagegen from proto/ns.proto: change that and run `make images`.

import Images

extension NsFileEntry: SampledMessage {
  static let protoFile = "ns.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    nsId = UInt32(sampling: &sampler)
    nsCflag = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
  }
}
