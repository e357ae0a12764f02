// Written by imagegen from proto/apparmor.proto: change that and run `make images`.

import Images

extension AaPolicy: SampledMessage {
  static let protoFile = "apparmor.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    blob = [UInt8](sampling: &sampler)
  }
}

extension AaNamespace: SampledMessage {
  static let protoFile = "apparmor.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    policies = sampler.list()
    namespaces = sampler.list()
  }
}

extension ApparmorEntry: SampledMessage {
  static let protoFile = "apparmor.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    namespaces = sampler.list()
  }
}
