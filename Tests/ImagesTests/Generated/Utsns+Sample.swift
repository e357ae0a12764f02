// Written by imagegen from proto/utsns.proto: change that and run `make images`.

import Images

extension UtsnsEntry: SampledMessage {
  static let protoFile = "utsns.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    nodename = String(sampling: &sampler)
    domainname = String(sampling: &sampler)
  }
}
