public import Linux
public import Streams

/// Serves the memory of restored tasks while they run: pages that somebody waits for first, the others in the background.
public final class LazyPages {
  private let log: Log
  private let openFetcher: () throws(Failure) -> any PageFetcher
  private var fetcher: (any PageFetcher)?
  private var tasks: [LazyTask] = []
  /// In the order in which the answers come.
  private var requests: ArraySlice<LazyRequest> = []
  private var requestedByteCount = 0
  private var turn = 0
  private var servedByteCount = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: BackgroundOrder.largest, alignment: pageSize)

  /// Told of every task.
  var guardian: LazyGuardian?

  /// Pages that nobody waits for come only once the restore is over.
  public var servesInBackground = false

  /// - Parameter fetcher: Called once, when the first page is needed.
  public init(log: Log, from fetcher: @escaping () throws(Failure) -> any PageFetcher) {
    self.log = log
    openFetcher = fetcher
  }

  deinit { buffer.deallocate() }

  /// - Parameter missing: What the task is still to get, ascending.
  public func add(pid: UInt32, _ faults: UserFaults, missing: [PageRun]) {
    let task = LazyTask(pid: pid, faults: faults, missing: MissingPages(missing))
    log.info("\(faults.subject): \(task.missing.byteCount / pageSize) pages come later")
    if !task.isComplete { begin(task) }
  }

  /// Connects to where the pages are, and asks for one, which is dropped: with the answer, the program is ours, and a dump
  /// that kept its tree for us has ended it.
  ///
  /// - Parameter page: `nil` where none is missing: the server then only hears, in the end, that we have all.
  public func claim(_ page: (address: UInt64, pid: UInt32)?) throws(Failure) {
    let fetcher = try openedFetcher()
    guard let (address, pid) = page else { return }
    try fetcher.ask(for: PageRun(address: address, pageCount: 1, flags: .lazy), of: pid)
    _ = try fetcher.answer(into: buffer)
  }

  public var isComplete: Bool { tasks.isEmpty && requests.isEmpty }

  /// What `serve` can go on with, when there is nothing else to do.
  public var descriptors: [CInt] {
    let answers = requests.isEmpty ? [] : fetcher?.descriptor.map { [$0.raw] } ?? []
    return tasks.map { $0.faults.borrowed.raw } + answers
  }

  /// How long to wait for `descriptors` at most, in milliseconds; -1 for ever.
  public var patience: CInt {
    if !requests.isEmpty, fetcher?.descriptor == nil { return 0 }
    if canAskInBackground { return 0 }
    return tasks.contains { !$0.deferred.isEmpty } ? 1 : -1
  }

  /// Does what can be done now.
  ///
  /// - Parameter ready: Which of `descriptors` can be read.
  /// - Throws: What keeps pages from coming. No task has got wrong ones; `poison` ends them.
  public func serve(_ ready: [Bool]) throws(Failure) {
    let heard = tasks
    for (task, isReady) in zip(heard, ready) where isReady || !task.deferred.isEmpty {
      try take(try task.hear(), of: task)
    }
    if !requests.isEmpty, fetcher?.descriptor == nil || (ready.count > heard.count && ready[heard.count]) {
      try takeAnswer()
    }
    while canAskInBackground { try askInBackground() }
    endComplete()
  }

  /// Success path, once.
  public func finish() throws(Failure) {
    try fetcher?.finish()
    log.info("Served \(servedByteCount / pageSize) pages")
  }

  // MARK: Steps

  private func begin(_ task: LazyTask) {
    guardian?.note(task)
    tasks.append(task)
  }

  private func take(_ news: LazyTask.News, of task: LazyTask) throws(Failure) {
    for child in news.children where !child.isComplete {
      log.debug("\(child.faults.subject): \(child.missing.byteCount / pageSize) pages come later")
      begin(child)
    }
    for request in news.requests { try ask(request) }
    if news.isGone {
      log.info("\(task.faults.subject) is gone: the process ended")
      tasks.removeAll { $0 === task }
    }
  }

  private func openedFetcher() throws(Failure) -> any PageFetcher {
    if let fetcher { return fetcher }
    let fetcher = try openFetcher()
    self.fetcher = fetcher
    return fetcher
  }

  private func ask(_ request: LazyRequest) throws(Failure) {
    let fetcher = try openedFetcher()
    requests.append(request)
    requestedByteCount += request.run.byteCount
    try fetcher.ask(for: request.run, of: request.task!.pid)
  }

  private func takeAnswer() throws(Failure) {
    let request = requests.first!
    let count = try fetcher!.answer(into: buffer)
    requests.removeFirst()
    requestedByteCount -= request.run.byteCount
    servedByteCount += count * pageSize
    guard let task = request.task, tasks.contains(where: { $0 === task }) else { return }
    try take(
      try task.place(UnsafeRawBufferPointer(rebasing: buffer[..<(count * pageSize)]), of: request), of: task)
  }

  private var canAskInBackground: Bool {
    servesInBackground && tasks.contains { !$0.missing.isEmpty && requestedByteCount < $0.requestedByteLimit }
  }

  private func askInBackground() throws(Failure) {
    for _ in tasks {
      turn = (turn + 1) % tasks.count
      let task = tasks[turn]
      guard requestedByteCount < task.requestedByteLimit else { continue }
      for request in task.nextInBackground() { try ask(request) }
    }
  }

  private func endComplete() {
    guard servesInBackground else { return }
    for task in tasks where task.isComplete { log.debug("\(task.faults.subject) has all its pages") }
    tasks.removeAll { $0.isComplete }
  }

  // MARK: The end

  /// Pages that did not come never will: whoever touches one ends with SIGBUS, and gets no wrong data.
  ///
  /// - Returns: False when that cannot be done for a task, whose descriptor then stays open for the guardian.
  public func poison(because cause: Failure) -> Bool {
    var isDone = true
    for task in tasks {
      do throws(Failure) {
        guard let first = try task.poison() else { continue }
        log.error(
          Failure(
            "serve the page", "0x\(String(first, radix: 16)) of \(task.faults.subject), and those behind it",
            cause.errno, remedy: "The program ends with SIGBUS where it touches them: restore it again."
          ).during(cause.summary))
      } catch {
        log.error(error)
        _ = Unmanaged.passRetained(task)  // nobody may close its descriptor
        isDone = false
      }
    }
    tasks = []
    requests = []
    return isDone
  }
}
