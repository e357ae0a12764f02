internal import CParasite
internal import Linux
internal import Streams

/// The file of an image, open in a frozen task too, which writes its pages there itself (writev(2)): nothing is quicker,
/// since the one copy that is made needs no lookup of pages.
///
/// Not every task may: one with a limit of file sizes would be sent a signal, and what a task with filters has opened
/// could stay open in it when we die in between.
struct TaskFile {
  private let parasite: Parasite

  /// Bytes of one command: it ends soon after us, when we die.
  private static let commandByteCount = 32 << 20

  /// - Returns: `nil` where the sink lends no file, or the task cannot have it.
  static func open(of sink: any PageSink, in parasite: Parasite) throws(Failure) -> TaskFile? {
    let task = parasite.task
    guard task.threads.allSatisfy({ $0.status.seccompMode == 0 }), let lent = try sink.lend(),
      try TaskLimits.hasNoFileSizeLimit(pid: task.pid)
    else { return nil }
    let thread = task.threads[0]
    let farEnd = parasite.sharedArgument.baseAddress!.assumingMemoryBound(to: CInt.self)
    guard try parasite.call(PARASITE_COMMAND_OPEN_SOCKETS.rawValue, on: thread, argument: farEnd) == 0 else { return nil }
    let subject = "\(task.subject), the socket for the file of its pages"
    let socket = try copyDescriptor(farEnd.pointee, of: task.process(for: subject), subject)
    try socket.withRaw { (raw: CInt) throws(Failure) in try BorrowedFD(raw).pass(lent.descriptor, subject) }
    // Where a security module objects, or there are too many open files, a pipe serves.
    guard try parasite.call(PARASITE_COMMAND_TAKE_FILE.rawValue, on: thread) == 0 else { return nil }
    parasite.log.debug("\(task.subject) writes its pages itself")
    return TaskFile(parasite: parasite)
  }

  /// Has the task write what is present of the runs.
  ///
  /// - Parameter sink: As it was opened with.
  /// - Returns: What is left because the sink lends less.
  func write(_ runs: [PageRun], into sink: any PageSink) throws(Failure) -> [PageRun] {
    let pieces = runs.flatMap(TaskFile.pieces)
    var begin = 0
    while begin < pieces.count, let lent = try sink.lend() {
      let most = min(lent.byteCount, TaskFile.commandByteCount)
      var end = begin
      var byteCount = 0
      while end < pieces.count, byteCount + pieces[end].presentByteCount <= most {
        byteCount += pieces[end].presentByteCount
        end += 1
      }
      if end == begin { break }
      if byteCount > 0 { try write(pieces[begin..<end], byteCount) }
      try sink.wrote(pieces[begin..<end])
      begin = end
    }
    return Array(pieces[begin...])
  }

  private func write(_ runs: ArraySlice<PageRun>, _ byteCount: Int) throws(Failure) {
    let subject = "\(parasite.task.subject), \(runs.count) runs from \(runs.first!)"
    let written = try check(
      "have the task write its pages", subject,
      remedy: "Look for room on the file system of the images, or read the memory from outside with --memory-read readv."
    ) { () throws(Failure) in
      try parasite.call(
        PARASITE_COMMAND_WRITE.rawValue, on: parasite.task.threads[0], argument: parasite.drainArgument(runs))
    }
    guard written == byteCount else {
      throw Failure(
        "have the task write its pages", "\(subject): \(written) of \(byteCount) bytes", .inputOutput,
        remedy: "Read the memory from outside with --memory-read readv.")
    }
  }

  /// What one command can write of a run.
  private static func pieces(of run: PageRun) -> [PageRun] {
    let pageCount = commandByteCount / pageSize
    if !run.flags.contains(.present) || run.pageCount <= pageCount { return [run] }
    return stride(from: 0, to: run.pageCount, by: pageCount).map { first in
      PageRun(
        address: run.address + UInt64(first * pageSize), pageCount: min(pageCount, run.pageCount - first),
        flags: run.flags)
    }
  }
}

extension PageRun {
  /// Bytes in this set.
  fileprivate var presentByteCount: Int { flags.contains(.present) ? byteCount : 0 }
}
