internal import CParasite
internal import Linux
internal import Streams

/// Moves a task's pages into a sink with the task's help: it writes them itself where the sink lends a file, and else fills
/// a pipe from inside (vmsplice(2)): what the pipe holds is the task's own pages, which are not copied before the sink takes
/// them. Pages that the task may not read itself are read from outside.
struct PageSplicing {
  /// What the pipe is wished to hold; the kernel may give less.
  private static let pipeByteCount: UInt32 = 1 << 20
  /// Ranges of one command; as many as vmsplice(2) takes in two calls.
  private static let rangeLimit = 2048

  /// The sink's runs are in the order of `extents`. The task is frozen, and the parasite in it.
  static func dump(
    _ extents: [PageExtent], through parasite: Parasite, into sink: any PageSink,
    statistics: inout MemoryStatistics
  ) throws(Failure) {
    guard !extents.isEmpty else { return }
    var splicing = PageSplicing(parasite: parasite, sink: sink, file: try TaskFile.open(of: sink, in: parasite))
    for extent in extents {
      if extent.isReadable || !extent.run.flags.contains(.present) {
        splicing.waiting.append(extent.run)
        if splicing.waiting.count == rangeLimit { try splicing.flush() }
        statistics.count(extent.run)
      } else {
        try splicing.flush()
        let task = parasite.task
        let memory = try TaskPages(pid: task.pid, subject: task.subject)
        try PageReading.dump([extent], from: memory, into: sink, statistics: &statistics)
      }
    }
    try splicing.flush()
    try parasite.call(PARASITE_COMMAND_CLOSE.rawValue, on: parasite.task.threads[0])
  }

  private let parasite: Parasite
  private let sink: any PageSink
  private let file: TaskFile?
  /// Our copy of the read end; the task has both, so that it never writes to a pipe without a reader. Made when it is needed.
  private var pipe: Pipe?
  private var waiting: [PageRun] = []

  private init(parasite: Parasite, sink: any PageSink, file: TaskFile?) {
    self.parasite = parasite
    self.sink = sink
    self.file = file
  }

  private final class Pipe {
    let end: OwnedFD
    init(_ end: consuming OwnedFD) { self.end = end }
  }

  private static func openPipe(_ parasite: Parasite) throws(Failure) -> Pipe {
    let task = parasite.task
    let argument = parasite.sharedArgument.baseAddress!.bindMemory(to: parasite_pipe.self, capacity: 1)
    argument.pointee = parasite_pipe(byte_count: pipeByteCount, read_end: -1)
    try check(
      "make a pipe in the task", task.subject,
      remedy: "Raise its limit of open files (prlimit --nofile), or read its memory with --memory-read readv."
    ) { () throws(Failure) in
      try parasite.call(PARASITE_COMMAND_OPEN_PIPE.rawValue, on: task.threads[0], argument: argument)
    }
    let subject = "\(task.subject), the pipe for its pages"
    return Pipe(try copyDescriptor(argument.pointee.read_end, of: task.process(for: subject), subject))
  }

  /// Moves the pages of all waiting runs.
  private mutating func flush() throws(Failure) {
    if let file { waiting = try file.write(waiting, into: sink) }
    guard !waiting.isEmpty else { return }
    defer { waiting.removeAll(keepingCapacity: true) }
    if pipe == nil { pipe = try PageSplicing.openPipe(parasite) }
    let argument = parasite.drainArgument(waiting)
    var cutter = RunCutter(waiting)
    while !cutter.isAtEnd {
      let byteCount = try check(
        "take the pages", "\(parasite.task.subject), \(waiting.count) runs from \(waiting[0])",
        remedy: "Read the memory from outside with --memory-read readv."
      ) { () throws(Failure) in
        try parasite.call(PARASITE_COMMAND_DRAIN.rawValue, on: parasite.task.threads[0], argument: argument)
      }
      guard byteCount > 0 else {
        throw Failure(
          "take the pages", "\(parasite.task.subject): its pipe holds nothing", .inputOutput,
          remedy: "Read the memory from outside with --memory-read readv.")
      }
      try cutter.splice(byteCount, from: pipe!.end, to: sink)
    }
    try cutter.conclude(sink)
  }
}

extension Parasite {
  /// Lays out the argument of a command that reads pages of the task: those of the present runs.
  func drainArgument(_ runs: some Collection<PageRun>) -> UnsafeMutableRawPointer {
    let argument = sharedArgument.baseAddress!
    let ranges = (argument + MemoryLayout<parasite_drain>.size).assumingMemoryBound(to: iovec.self)
    var count = 0
    for run in runs where run.flags.contains(.present) {
      ranges[count] = iovec(iov_base: UnsafeMutableRawPointer(bitPattern: UInt(run.address)), iov_len: run.byteCount)
      count += 1
    }
    let drain = argument.assumingMemoryBound(to: parasite_drain.self)
    drain.pointee.iovec_count = UInt32(count)
    drain.pointee.position = 0
    return argument
  }
}

/// Turns the negative result of a command into a failure.
@discardableResult
func check(
  _ attempted: String, _ subject: @autoclosure () -> String, remedy: String, _ call: () throws(Failure) -> Int
) throws(Failure) -> Int {
  let result = try call()
  guard let errno = Errno(result: result) else { return result }
  throw Failure(attempted, subject(), errno, remedy: remedy)
}
