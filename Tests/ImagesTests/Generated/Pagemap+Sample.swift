// Written by imagegen from proto/pagemap.proto: change that and run `make images`.

import Images

extension PagemapHead: SampledMessage {
  static let protoFile = "pagemap.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pagesId = UInt32(sampling: &sampler)
  }
}

extension PagemapEntry: SampledMessage {
  static let protoFile = "pagemap.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    vaddr = UInt64(sampling: &sampler)
    compatNrPages = UInt32(sampling: &sampler)
    inParent = sampler.optional()
    flags = sampler.optional()
    nrPages = sampler.optional()
  }
}
