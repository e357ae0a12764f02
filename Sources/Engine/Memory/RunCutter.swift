internal import Linux
internal import Streams

/// Cuts the bytes of runs, which come as one stream in pieces of any size, into what a sink takes: whole runs at once.
struct RunCutter {
  enum Part {
    /// A run of which more bytes come than are there now.
    case beginning(PageRun, byteCount: Int)
    /// More of the run that began.
    case continuation(byteCount: Int)
    case whole(ArraySlice<PageRun>, byteCount: Int)
    /// A run without bytes here: they are in the parent set.
    case elsewhere(PageRun)
  }

  private let runs: [PageRun]
  private var index = 0
  /// Bytes of the current run that came.
  private var done = 0

  init(_ runs: [PageRun]) { self.runs = runs }

  /// No bytes are expected any more; runs without bytes may be left for `conclude`.
  var isAtEnd: Bool { !runs[index...].contains { $0.flags.contains(.present) } }

  /// - Parameter available: Bytes that are there: 1 or more, no more than are left of all runs.
  mutating func next(_ available: Int) -> Part {
    let run = runs[index]
    guard run.flags.contains(.present) else {
      index += 1
      return .elsewhere(run)
    }
    if done > 0 {
      let byteCount = min(available, run.byteCount - done)
      advance(byteCount, in: run)
      return .continuation(byteCount: byteCount)
    }
    guard run.byteCount <= available else {
      done = available
      return .beginning(run, byteCount: available)
    }
    let first = index
    var byteCount = 0
    while index < runs.count, runs[index].flags.contains(.present), byteCount + runs[index].byteCount <= available {
      byteCount += runs[index].byteCount
      index += 1
    }
    return .whole(runs[first..<index], byteCount: byteCount)
  }

  private mutating func advance(_ byteCount: Int, in run: PageRun) {
    done += byteCount
    if done == run.byteCount {
      index += 1
      done = 0
    }
  }

  /// Gives the runs after the last byte to a sink.
  mutating func conclude(_ sink: any PageSink) throws(Failure) {
    for run in runs[index...] { try sink.begin(run) }
    index = runs.count
  }

  /// Gives bytes to a sink.
  mutating func write(_ bytes: UnsafeRawBufferPointer, to sink: any PageSink) throws(Failure) {
    var offset = 0
    while offset < bytes.count {
      switch next(bytes.count - offset) {
      case .beginning(let run, let byteCount):
        try sink.begin(run)
        try sink.write(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + byteCount)]).bytes)
        offset += byteCount
      case .continuation(let byteCount):
        try sink.write(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + byteCount)]).bytes)
        offset += byteCount
      case .whole(let runs, let byteCount):
        try sink.write(runs, UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + byteCount)]).bytes)
        offset += byteCount
      case .elsewhere(let run): try sink.begin(run)
      }
    }
  }

  /// Gives bytes to a sink that are in a pipe.
  mutating func splice(_ count: Int, from pipe: borrowing OwnedFD, to sink: any PageSink) throws(Failure) {
    var left = count
    while left > 0 {
      switch next(left) {
      case .beginning(let run, let byteCount):
        try sink.begin(run)
        try sink.splice(from: pipe, byteCount: byteCount)
        left -= byteCount
      case .continuation(let byteCount):
        try sink.splice(from: pipe, byteCount: byteCount)
        left -= byteCount
      case .whole(let runs, let byteCount):
        try sink.splice(runs, from: pipe)
        left -= byteCount
      case .elsewhere(let run): try sink.begin(run)
      }
    }
  }
}
