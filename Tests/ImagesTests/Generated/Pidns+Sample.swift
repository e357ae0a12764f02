// Written by imagegen from proto/pidns.proto: change that and run `make images`.

import Images

extension PidnsEntry: SampledMessage {
  static let protoFile = "pidns.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    extKey = sampler.optional()
  }
}
