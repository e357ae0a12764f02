// Written by imagegen from proto/ipc-desc.proto: change that and run `make images`.

import Images

extension IpcDescEntry: SampledMessage {
  static let protoFile = "ipc-desc.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    key = UInt32(sampling: &sampler)
    uid = UInt32(sampling: &sampler)
    gid = UInt32(sampling: &sampler)
    cuid = UInt32(sampling: &sampler)
    cgid = UInt32(sampling: &sampler)
    mode = UInt32(sampling: &sampler)
    id = UInt32(sampling: &sampler)
  }
}
