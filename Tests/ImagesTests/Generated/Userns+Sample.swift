// Written by imagegen from proto/userns.proto: change that and run `make images`.

import Images

extension UidGidExtent: SampledMessage {
  static let protoFile = "userns.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    first = UInt32(sampling: &sampler)
    lowerFirst = UInt32(sampling: &sampler)
    count = UInt32(sampling: &sampler)
  }
}

extension UsernsEntry: SampledMessage {
  static let protoFile = "userns.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    uidMap = sampler.list()
    gidMap = sampler.list()
  }
}
