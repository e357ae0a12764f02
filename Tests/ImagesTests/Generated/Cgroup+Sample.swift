// Written by imagegen from proto/cgroup.proto: change that and run `make images`.

import Images

extension CgroupPerms: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mode = UInt32(sampling: &sampler)
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
  }
}

extension CgroupPropEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    value = String(sampling: &sampler)
    perms = sampler.optional()
  }
}

extension CgroupDirEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    dirName = String(sampling: &sampler)
    children = sampler.list()
    properties = sampler.list()
    dirPerms = sampler.optional()
  }
}

extension CgControllerEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cnames = sampler.list()
    dirs = sampler.list()
    isThreaded = sampler.optional()
  }
}

extension CgMemberEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    name = String(sampling: &sampler)
    path = String(sampling: &sampler)
    cgnsPrefix = sampler.optional()
  }
}

extension CgSetEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ctls = sampler.list()
  }
}

extension CgroupEntry: SampledMessage {
  static let protoFile = "cgroup.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    sets = sampler.list()
    controllers = sampler.list()
  }
}
