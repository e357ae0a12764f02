internal import Linux
internal import Streams

/// Pages of a task that were asked for, and did not come yet.
final class LazyRequest {
  /// Absent once the task is gone: the answer is dropped.
  private(set) weak var task: LazyTask?
  /// Where the source has them.
  let run: PageRun
  /// Where the task has them; less and less once they are there.
  var pages = MissingPages()

  init(_ piece: MissingPages.Piece, of task: LazyTask) {
    self.task = task
    run = PageRun(address: piece.source, pageCount: piece.pageCount, flags: .lazy)
    pages.insert([piece])
  }

  /// For no pages yet.
  init(of task: LazyTask) {
    self.task = task
    run = PageRun(address: 0, pageCount: 0, flags: .lazy)
  }
}

/// A restored task whose pages come while it runs.
final class LazyTask {
  /// As the images have it. A child that was forked since has its parent's, whose pages it misses.
  let pid: UInt32
  let faults: UserFaults
  private(set) var missing: MissingPages
  /// In the order in which the answers come.
  private(set) var requests: [LazyRequest] = []
  /// Faults that must be looked at again, once what is under way in the task is over.
  private(set) var deferred: [UInt64] = []
  private var order = BackgroundOrder()

  init(pid: UInt32, faults: UserFaults, missing: MissingPages) {
    self.pid = pid
    self.faults = faults
    self.missing = missing
  }

  var isComplete: Bool { missing.isEmpty && requests.isEmpty }
  /// How much may be asked for before answers come: a fault waits behind it.
  var requestedByteLimit: Int { 2 * order.byteCount }

  // MARK: What the kernel tells

  /// What a round of events asks for.
  struct News {
    var requests: [LazyRequest] = []
    var children: [LazyTask] = []
    var isGone = false
  }

  /// Reads all events that wait.
  func hear() throws(Failure) -> News {
    var news = News()
    while true {
      guard let events = try faults.read() else {
        news.isGone = true
        return news
      }
      if events.isEmpty { break }
      for event in events { take(event, &news) }
    }
    let again = deferred
    deferred = []
    for address in again { take(.fault(address), &news) }
    return news
  }

  private func take(_ event: UserFaults.Event, _ news: inout News) {
    switch event {
    case .fault(let address): takeFault(address, &news)
    case .fork(let descriptor):
      let child = UserFaults(adopting: OwnedFD(adopting: descriptor), subject: "a child of \(faults.subject)")
      var pages = missing
      for request in requests { pages.insert(request.pages.pieces) }
      news.children.append(LazyTask(pid: pid, faults: child, missing: pages))
    case .moved(let from, let to, let byteCount):
      missing.move(from: from, to: to, byteCount: byteCount)
      for request in requests { request.pages.move(from: from, to: to, byteCount: byteCount) }
      faults.wake(from..<(from + byteCount))
    case .removed(let range):
      forget(range)
      faults.unregister(range)
    case .unmapped(let range):
      forget(range)
      faults.wake(range)
    }
  }

  private func forget(_ range: Range<UInt64>) {
    missing.take(range)
    for request in requests { request.pages.take(range) }
  }

  private func takeFault(_ address: UInt64, _ news: inout News) {
    let page = address..<(address + UInt64(pageSize))
    if let piece = missing.take(page).first {
      order.noteFault(at: address)
      news.requests.append(request(piece))
      return
    }
    if requests.contains(where: { $0.pages.contains(address) }) { return }
    // The dump found nothing there: memory that was never written.
    switch faults.zero(page).errno {
    case nil: return
    case .tryAgain?: deferred.append(address)
    case .noProcess?: news.isGone = true
    default: faults.wake(page)  // it is there already, or nothing is mapped there any more
    }
  }

  // MARK: Pages

  private func request(_ piece: MissingPages.Piece) -> LazyRequest {
    let request = LazyRequest(piece, of: self)
    requests.append(request)
    return request
  }

  /// The next pages that nobody waits for.
  func nextInBackground() -> [LazyRequest] { order.next(from: &missing).map { request($0) } }

  /// Puts the answer to the oldest request in place.
  ///
  /// - Parameter bytes: The first pages of the request; the rest of it is missing again.
  /// - Returns: What happened meanwhile.
  func place(_ bytes: UnsafeRawBufferPointer, of request: LazyRequest) throws(Failure) -> News {
    var news = News()
    let came = request.run.address..<(request.run.address + UInt64(bytes.count))
    for piece in request.pages.pieces where piece.source + UInt64(piece.byteCount) > came.upperBound {
      let start = max(piece.source, came.upperBound) - piece.source
      missing.insert(request.pages.take((piece.address + start)..<piece.end))
    }
    try settle(request, &news) { range, source in
      let offset = Int(source - came.lowerBound)
      return faults.copy(
        UnsafeRawBufferPointer(rebasing: bytes[offset..<min(offset + range.count, bytes.count)]), to: range.lowerBound)
    }
    requests.removeFirst()
    return news
  }

  /// Makes whoever touches a page that did not come end with SIGBUS.
  ///
  /// - Returns: The first such page.
  func poison() throws(Failure) -> UInt64? {
    let rest = LazyRequest(of: self)
    rest.pages = missing
    for request in requests { rest.pages.insert(request.pages.pieces) }
    requests = [rest]
    missing = MissingPages()
    let first = rest.pages.pieces.first?.address
    var news = News()
    try settle(rest, &news) { range, _ in faults.poison(range) }
    for child in news.children { _ = try child.poison() }
    requests = []
    return first
  }

  /// Does something to all pages of a request, while the task goes on changing its memory.
  ///
  /// - Parameter call: Given a range of the task and where its source is.
  private func settle(
    _ request: LazyRequest, _ news: inout News, _ call: (Range<UInt64>, UInt64) -> UserFaults.Progress
  ) throws(Failure) {
    var limit = Int.max
    while let piece = request.pages.pieces.first, !news.isGone {
      let range = piece.address..<(piece.address + UInt64(min(piece.byteCount, limit)))
      let progress = call(range, piece.source)
      if progress.byteCount > 0 {
        request.pages.take(range.lowerBound..<(range.lowerBound + UInt64(progress.byteCount)))
        limit = limit > Int.max / 2 ? .max : limit * 2
        continue
      }
      let page = range.lowerBound..<(range.lowerBound + UInt64(pageSize))
      switch progress.errno {
      case .tryAgain?: try hear(into: &news)
      case .noProcess?, .noSpace?: news.isGone = true
      case .exists?:
        request.pages.take(page)
        faults.wake(page)
      case .noEntry? where range.count > pageSize:
        // It reaches over the border of a mapping.
        limit = max(range.count / 2 / pageSize, 1) * pageSize
      case .noEntry?:
        request.pages.take(page)  // unmapped meanwhile
      case let errno?:
        throw Failure(
          "put the page in place", "0x\(String(range.lowerBound, radix: 16)) of \(faults.subject)", errno,
          remedy: "Free memory, and see the kernel log.")
      case nil: return
      }
    }
    if news.isGone { request.pages = MissingPages() }
  }

  private func hear(into news: inout News) throws(Failure) {
    let more = try hear()
    news.requests += more.requests
    news.children += more.children
    if more.isGone { news.isGone = true }
  }
}
