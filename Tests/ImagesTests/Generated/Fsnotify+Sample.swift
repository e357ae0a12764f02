// Written by imagegen from proto/fsnotify.proto: change that and run `make images`.

import Images

extension MarkType: Sampled {}

extension InotifyWdEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    iIno = UInt64(sampling: &sampler)
    mask = UInt32(sampling: &sampler)
    ignoredMask = UInt32(sampling: &sampler)
    sDev = UInt32(sampling: &sampler)
    wd = UInt32(sampling: &sampler)
    fHandle = FhEntry(sampling: &sampler)
  }
}

extension InotifyFileEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    wd = sampler.list()
  }
}

extension FanotifyInodeMarkEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    iIno = UInt64(sampling: &sampler)
    fHandle = FhEntry(sampling: &sampler)
  }
}

extension FanotifyMountMarkEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mntId = UInt32(sampling: &sampler)
    path = sampler.optional()
  }
}

extension FanotifyMarkEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    type = MarkType(sampling: &sampler)
    mflags = UInt32(sampling: &sampler)
    mask = UInt32(sampling: &sampler)
    ignoredMask = UInt32(sampling: &sampler)
    sDev = UInt32(sampling: &sampler)
    ie = sampler.optional()
    me = sampler.optional()
  }
}

extension FanotifyFileEntry: SampledMessage {
  static let protoFile = "fsnotify.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    faflags = UInt32(sampling: &sampler)
    evflags = UInt32(sampling: &sampler)
    mark = sampler.list()
  }
}
