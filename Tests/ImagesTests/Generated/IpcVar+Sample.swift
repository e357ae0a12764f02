// Written by imagegen from proto/ipc-var.proto: change that and run `make images`.

import Images

extension IpcVarEntry: SampledMessage {
  static let protoFile = "ipc-var.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    semCtls = sampler.list()
    msgCtlmax = UInt32(sampling: &sampler)
    msgCtlmnb = UInt32(sampling: &sampler)
    msgCtlmni = UInt32(sampling: &sampler)
    autoMsgmni = UInt32(sampling: &sampler)
    shmCtlmax = UInt64(sampling: &sampler)
    shmCtlall = UInt64(sampling: &sampler)
    shmCtlmni = UInt32(sampling: &sampler)
    shmRmidForced = UInt32(sampling: &sampler)
    mqQueuesMax = UInt32(sampling: &sampler)
    mqMsgMax = UInt32(sampling: &sampler)
    mqMsgsizeMax = UInt32(sampling: &sampler)
    mqMsgDefault = sampler.optional()
    mqMsgsizeDefault = sampler.optional()
    msgNextId = sampler.optional()
    semNextId = sampler.optional()
    shmNextId = sampler.optional()
  }
}
