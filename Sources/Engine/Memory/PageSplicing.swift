internal import CParasite
internal import Linux
internal import Streams

/// Moves a task's pages into a sink through a pipe that the task fills from inside (vmsplice(2)): what the pipe holds is
/// the task's own pages, which are not copied before the sink takes them. Pages that the task may not read itself are
/// read from outside.
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
    var splicing = PageSplicing(parasite: parasite, pipe: try openPipe(parasite), sink: sink)
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
    try parasite.call(PARASITE_COMMAND_CLOSE_PIPE.rawValue, on: parasite.task.threads[0])
  }

  private let parasite: Parasite
  /// Our copy of the read end; the task has both, so that it never writes to a pipe without a reader.
  private let pipe: Pipe
  private let sink: any PageSink
  private var waiting: [PageRun] = []

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
    guard !waiting.isEmpty else { return }
    let argument = parasite.sharedArgument
    let drain = argument.baseAddress!.bindMemory(to: parasite_drain.self, capacity: 1)
    let present = waiting.filter { $0.flags.contains(.present) }
    drain.pointee.iovec_count = UInt32(present.count)
    drain.pointee.position = 0
    let ranges = (argument.baseAddress! + MemoryLayout<parasite_drain>.size)
      .bindMemory(to: iovec.self, capacity: present.count)
    for (index, run) in present.enumerated() {
      ranges[index] = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(run.address)), iov_len: run.byteCount)
    }
    var cutter = RunCutter(waiting)
    while !cutter.isAtEnd {
      let byteCount = try check(
        "take the pages", "\(parasite.task.subject), \(waiting.count) runs from \(waiting[0])",
        remedy: "Read the memory from outside with --memory-read readv."
      ) { () throws(Failure) in
        try parasite.call(
          PARASITE_COMMAND_DRAIN.rawValue, on: parasite.task.threads[0], argument: argument.baseAddress!)
      }
      guard byteCount > 0 else {
        throw Failure(
          "take the pages", "\(parasite.task.subject): its pipe holds nothing", .inputOutput,
          remedy: "Read the memory from outside with --memory-read readv.")
      }
      try cutter.splice(byteCount, from: pipe.end, to: sink)
    }
    try cutter.conclude(sink)
    waiting.removeAll(keepingCapacity: true)
  }
}

/// Turns the negative result of a command into a failure.
@discardableResult
private func check(
  _ attempted: String, _ subject: @autoclosure () -> String, remedy: String, _ call: () throws(Failure) -> Int
) throws(Failure) -> Int {
  let result = try call()
  guard let errno = Errno(result: result) else { return result }
  throw Failure(attempted, subject(), errno, remedy: remedy)
}
