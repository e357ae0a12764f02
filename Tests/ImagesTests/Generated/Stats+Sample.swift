// Written by imagegen from proto/stats.proto: change that and run `make images`.

import Images

extension DumpStatsEntry: SampledMessage {
  static let protoFile = "stats.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    freezingTime = UInt32(sampling: &sampler)
    frozenTime = UInt32(sampling: &sampler)
    memdumpTime = UInt32(sampling: &sampler)
    memwriteTime = UInt32(sampling: &sampler)
    pagesScanned = UInt64(sampling: &sampler)
    pagesSkippedParent = UInt64(sampling: &sampler)
    pagesWritten = UInt64(sampling: &sampler)
    irmapResolve = sampler.optional()
    pagesLazy = UInt64(sampling: &sampler)
    pagePipes = sampler.optional()
    pagePipeBufs = sampler.optional()
    shpagesScanned = sampler.optional()
    shpagesSkippedParent = sampler.optional()
    shpagesWritten = sampler.optional()
  }
}

extension RestoreStatsEntry: SampledMessage {
  static let protoFile = "stats.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    pagesCompared = UInt64(sampling: &sampler)
    pagesSkippedCow = UInt64(sampling: &sampler)
    forkingTime = UInt32(sampling: &sampler)
    restoreTime = UInt32(sampling: &sampler)
    pagesRestored = sampler.optional()
  }
}

extension StatsEntry: SampledMessage {
  static let protoFile = "stats.proto"

  init(sampling sampler: inout Sampler) {
    self.init()
    dump = sampler.optional()
    restore = sampler.optional()
  }
}
