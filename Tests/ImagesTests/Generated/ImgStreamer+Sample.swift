// Written by imagegen from proto/img-streamer.proto: change that and run `make images`.

import Images

extension ImgStreamerRequestEntry: SampledMessage {
  static let protoFile = "img-streamer.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    filename = String(sampling: &sampler)
    otherFilenames = sampler.list()
    onlyBulkFollows = sampler.optional()
  }
}

extension ImgStreamerReplyEntry: SampledMessage {
  static let protoFile = "img-streamer.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    exists = Bool(sampling: &sampler)
    other = sampler.optional()
    next = sampler.optional()
  }
}
