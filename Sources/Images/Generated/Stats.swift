// Written by imagegen from proto/stats.proto: change that and run `make images`.

internal import CImages
public import Linux

/// dump_stats_entry
public struct DumpStatsEntry: ImageMessage {
  /// microseconds spent freezing
  public var freezingTime: UInt32 = 0
  /// microseconds frozen
  public var frozenTime: UInt32 = 0
  /// us fetching pages
  public var memdumpTime: UInt32 = 0
  /// us writing pages
  public var memwriteTime: UInt32 = 0
  /// pagemap entries looked at
  public var pagesScanned: UInt64 = 0
  /// left to the parent set
  public var pagesSkippedParent: UInt64 = 0
  public var pagesWritten: UInt64 = 0
  public var irmapResolve: UInt32?
  /// pages left for lazy server
  public var pagesLazy: UInt64 = 0
  /// pipes made
  public var pagePipes: UInt64?
  public var pagePipeBufs: UInt64?
  public var shpagesScanned: UInt64?
  public var shpagesSkippedParent: UInt64?
  public var shpagesWritten: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "dump_stats_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension DumpStatsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.DumpStatsEntry>) {
    dump_stats_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.DumpStatsEntry>) {
    freezingTime = c.pointee.freezing_time
    frozenTime = c.pointee.frozen_time
    memdumpTime = c.pointee.memdump_time
    memwriteTime = c.pointee.memwrite_time
    pagesScanned = c.pointee.pages_scanned
    pagesSkippedParent = c.pointee.pages_skipped_parent
    pagesWritten = c.pointee.pages_written
    if c.pointee.has_irmap_resolve != 0 { irmapResolve = c.pointee.irmap_resolve }
    pagesLazy = c.pointee.pages_lazy
    if c.pointee.has_page_pipes != 0 { pagePipes = c.pointee.page_pipes }
    if c.pointee.has_page_pipe_bufs != 0 { pagePipeBufs = c.pointee.page_pipe_bufs }
    if c.pointee.has_shpages_scanned != 0 { shpagesScanned = c.pointee.shpages_scanned }
    if c.pointee.has_shpages_skipped_parent != 0 { shpagesSkippedParent = c.pointee.shpages_skipped_parent }
    if c.pointee.has_shpages_written != 0 { shpagesWritten = c.pointee.shpages_written }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.DumpStatsEntry>, _ arena: Arena) {
    c.pointee.freezing_time = freezingTime
    c.pointee.frozen_time = frozenTime
    c.pointee.memdump_time = memdumpTime
    c.pointee.memwrite_time = memwriteTime
    c.pointee.pages_scanned = pagesScanned
    c.pointee.pages_skipped_parent = pagesSkippedParent
    c.pointee.pages_written = pagesWritten
    if let value = irmapResolve {
      c.pointee.has_irmap_resolve = 1
      c.pointee.irmap_resolve = value
    }
    c.pointee.pages_lazy = pagesLazy
    if let value = pagePipes {
      c.pointee.has_page_pipes = 1
      c.pointee.page_pipes = value
    }
    if let value = pagePipeBufs {
      c.pointee.has_page_pipe_bufs = 1
      c.pointee.page_pipe_bufs = value
    }
    if let value = shpagesScanned {
      c.pointee.has_shpages_scanned = 1
      c.pointee.shpages_scanned = value
    }
    if let value = shpagesSkippedParent {
      c.pointee.has_shpages_skipped_parent = 1
      c.pointee.shpages_skipped_parent = value
    }
    if let value = shpagesWritten {
      c.pointee.has_shpages_written = 1
      c.pointee.shpages_written = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// restore_stats_entry
public struct RestoreStatsEntry: ImageMessage {
  /// pages compared with the parent process copy
  public var pagesCompared: UInt64 = 0
  /// of these equal
  public var pagesSkippedCow: UInt64 = 0
  public var forkingTime: UInt32 = 0
  public var restoreTime: UInt32 = 0
  public var pagesRestored: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "restore_stats_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension RestoreStatsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.RestoreStatsEntry>) {
    restore_stats_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.RestoreStatsEntry>) {
    pagesCompared = c.pointee.pages_compared
    pagesSkippedCow = c.pointee.pages_skipped_cow
    forkingTime = c.pointee.forking_time
    restoreTime = c.pointee.restore_time
    if c.pointee.has_pages_restored != 0 { pagesRestored = c.pointee.pages_restored }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.RestoreStatsEntry>, _ arena: Arena) {
    c.pointee.pages_compared = pagesCompared
    c.pointee.pages_skipped_cow = pagesSkippedCow
    c.pointee.forking_time = forkingTime
    c.pointee.restore_time = restoreTime
    if let value = pagesRestored {
      c.pointee.has_pages_restored = 1
      c.pointee.pages_restored = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// stats-dump / stats-restore (1)
public struct StatsEntry: ImageMessage {
  /// present in stats-dump
  @Boxed public var dump: DumpStatsEntry?
  /// present in stats-restore
  @Boxed public var restore: RestoreStatsEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "stats_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension StatsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.StatsEntry>) {
    stats_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.StatsEntry>) {
    dump = c.pointee.dump.map { DumpStatsEntry(reading: $0) }
    restore = c.pointee.restore.map { RestoreStatsEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.StatsEntry>, _ arena: Arena) {
    c.pointee.dump = dump.map(arena.message)
    c.pointee.restore = restore.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
