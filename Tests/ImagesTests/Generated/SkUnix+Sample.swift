// Written by imagegen from proto/sk-unix.proto: change that and run `make images`.

import Images

extension FilePermsEntry: SampledMessage {
  static let protoFile = "sk-unix.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mode = UInt32(sampling: &sampler)
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
  }
}

extension UnixSkEntry: SampledMessage {
  static let protoFile = "sk-unix.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ino = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    state = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    uflags = UInt32(sampling: &sampler)
    backlog = UInt32(sampling: &sampler)
    peer = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    opts = SkOptsEntry(sampling: &sampler)
    name = [UInt8](sampling: &sampler)
    shutdown = sampler.optional()
    filePerms = sampler.optional()
    nameDir = sampler.optional()
    deleted = sampler.optional()
    nsId = sampler.optional()
    mntId = sampler.optional()
  }
}
