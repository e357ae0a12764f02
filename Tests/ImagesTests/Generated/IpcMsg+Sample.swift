// Written by imagegen from proto/ipc-msg.proto: change that and run `make images`.

import Images

extension IpcMsg: SampledMessage {
  static let protoFile = "ipc-msg.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    mtype = UInt64(sampling: &sampler)
    msize = UInt32(sampling: &sampler)
  }
}

extension IpcMsgEntry: SampledMessage {
  static let protoFile = "ipc-msg.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    desc = IpcDescEntry(sampling: &sampler)
    qbytes = UInt32(sampling: &sampler)
    qnum = UInt32(sampling: &sampler)
  }
}
