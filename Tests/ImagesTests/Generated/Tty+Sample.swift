// Written by imagegen from proto/tty.proto: change that and run `make images`.

import Images

extension TtyType: Sampled {}

extension WinsizeEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    wsRow = UInt32(sampling: &sampler)
    wsCol = UInt32(sampling: &sampler)
    wsXpixel = UInt32(sampling: &sampler)
    wsYpixel = UInt32(sampling: &sampler)
  }
}

extension TermiosEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    cIflag = UInt32(sampling: &sampler)
    cOflag = UInt32(sampling: &sampler)
    cCflag = UInt32(sampling: &sampler)
    cLflag = UInt32(sampling: &sampler)
    cLine = UInt32(sampling: &sampler)
    cIspeed = UInt32(sampling: &sampler)
    cOspeed = UInt32(sampling: &sampler)
    cCc = sampler.list()
  }
}

extension TtyPtyEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    index = UInt32(sampling: &sampler)
  }
}

extension TtyDataEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    ttyId = UInt32(sampling: &sampler)
    data = [UInt8](sampling: &sampler)
  }
}

extension TtyInfoEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    type = TtyType(sampling: &sampler)
    locked = Bool(sampling: &sampler)
    exclusive = Bool(sampling: &sampler)
    packetMode = Bool(sampling: &sampler)
    sid = UInt32(sampling: &sampler)
    pgrp = UInt32(sampling: &sampler)
    rdev = UInt32(sampling: &sampler)
    termios = sampler.optional()
    termiosLocked = sampler.optional()
    winsize = sampler.optional()
    pty = sampler.optional()
    dev = sampler.optional()
    uid = sampler.optional()
    gid = sampler.optional()
  }
}

extension TtyFileEntry: SampledMessage {
  static let protoFile = "tty.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    ttyInfoId = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    regfId = sampler.optional()
  }
}
