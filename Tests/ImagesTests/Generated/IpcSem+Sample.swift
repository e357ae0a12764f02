// Written by imagegen from proto/ipc-sem.proto: change that and run `make images`.

import Images

extension IpcSemEntry: SampledMessage {
  static let protoFile = "ipc-sem.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    desc = IpcDescEntry(sampling: &sampler)
    nsems = UInt32(sampling: &sampler)
  }
}
