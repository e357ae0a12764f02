// Written by imagegen from proto/packet-sock.proto: change that and run `make images`.

import Images

extension PacketMclist: SampledMessage {
  static let protoFile = "packet-sock.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    index = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    addr = [UInt8](sampling: &sampler)
  }
}

extension PacketRing: SampledMessage {
  static let protoFile = "packet-sock.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    blockSize = UInt32(sampling: &sampler)
    blockNr = UInt32(sampling: &sampler)
    frameSize = UInt32(sampling: &sampler)
    frameNr = UInt32(sampling: &sampler)
    retireTmo = UInt32(sampling: &sampler)
    sizeofPriv = UInt32(sampling: &sampler)
    features = UInt32(sampling: &sampler)
  }
}

extension PacketSockEntry: SampledMessage {
  static let protoFile = "packet-sock.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    id = UInt32(sampling: &sampler)
    type = UInt32(sampling: &sampler)
    `protocol` = UInt32(sampling: &sampler)
    flags = UInt32(sampling: &sampler)
    ifindex = UInt32(sampling: &sampler)
    fown = FownEntry(sampling: &sampler)
    opts = SkOptsEntry(sampling: &sampler)
    version = UInt32(sampling: &sampler)
    reserve = UInt32(sampling: &sampler)
    auxData = Bool(sampling: &sampler)
    origDev = Bool(sampling: &sampler)
    vnetHdr = Bool(sampling: &sampler)
    loss = Bool(sampling: &sampler)
    timestamp = UInt32(sampling: &sampler)
    copyThresh = UInt32(sampling: &sampler)
    mclist = sampler.list()
    fanout = sampler.optional()
    rxRing = sampler.optional()
    txRing = sampler.optional()
    nsId = sampler.optional()
  }
}
