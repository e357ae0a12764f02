internal import Linux
internal import Streams

/// One connection of a page server, from the first request to the last. What a client sends is checked before it is
/// used: whoever breaks the rules is refused.
final class PageServerSession {
  /// Why a session ended before its time.
  enum Ending {
    /// The client sent nothing.
    case silent
    /// The client broke the rules.
    case refused
    /// The connection broke, or the pages could not be kept.
    case broken
  }

  private let channel: any PageChannel
  private let place: PageServerPlace
  private let log: Log
  private var current: (image: UInt64, id: PagesID, pages: any PageSink)?
  /// The runs that the parent set has of the current image; `nil` without.
  private var parentRuns: [PageRun]?
  /// Where the last run of the current image ended.
  private var end: UInt64 = 0
  private(set) var ending = Ending.silent
  private var byteCount = 0

  init(_ channel: any PageChannel, into place: PageServerPlace, log: Log) {
    self.channel = channel
    self.place = place
    self.log = log
  }

  /// Serves to the end: everything is kept then, and the client knows.
  func serve() throws(Failure) {
    channel.flush()
    while let words = try channel.receiveWords(4, of: UInt64.self) {
      guard let request = PageRequest(words: words) else {
        throw refused("a request of no kind", words[0] & 0xffff)
      }
      ending = .broken
      if try serve(request) { return }
    }
    throw channel.lost("receive what a dump sends last")
  }

  /// - Returns: Whether it was the last.
  private func serve(_ request: PageRequest) throws(Failure) -> Bool {
    switch request.command {
    case .openSilently: _ = try open(request.image)
    case .open: try channel.sendWords([UInt8(try open(request.image) ? 1 : 0)])
    case .hasParent:
      let id = try id(request.image)
      try channel.sendWords([Int32(try place.parentHas(id) ? 1 : 0)])
    case .add, .hole, .addFlagged: try add(request)
    case .close, .forceClose:
      guard request.flags.isEmpty else { throw refused("an end with flags", request.words[0]) }
      try close()
      return true
    case .get: throw refused("a request for pages, which only a lazy server has", request.image)
    }
    channel.flush()
    return false
  }

  private func open(_ image: UInt64) throws(Failure) -> Bool {
    let id = try id(image)
    try finishCurrent()
    log.info("Receiving \(id.pagemapName)")
    current = (image, id, try place.sink.openPages(id))
    end = 0
    parentRuns = try place.parent.flatMap { (parent) throws(Failure) in try Pagemap.read(id, from: parent)?.runs }
    return parentRuns != nil
  }

  private func add(_ request: PageRequest) throws(Failure) {
    guard let run = request.run else { throw refused("pages that cannot be", request.address) }
    if current?.image != request.image { _ = try open(request.image) }
    guard let current, run.address >= end else { throw refused("pages out of order", run.address) }
    if run.flags.contains(.parent), !run.flags.contains(.present), !parentHas(run) {
      throw refused("pages that the parent set does not have", run.address)
    }
    end = run.end
    try current.pages.begin(run)
    guard run.flags.contains(.present) else { return }
    guard try channel.receive(byteCount: run.byteCount, into: current.pages) == run.byteCount else {
      throw channel.lost("receive pages of \(current.id.pagemapName)")
    }
    byteCount += run.byteCount
  }

  private func close() throws(Failure) {
    do throws(Failure) {
      try finishCurrent()
      try place.sink.commit()
    } catch {
      // The client is told, where it still listens; what went wrong here is what counts.
      do throws(Failure) { try channel.sendWords([-Int32(max(error.errno.number, 1))]) } catch {}
      channel.flush()
      throw error
    }
    try channel.sendWords([Int32(0)])
    channel.flush()
    log.info("Received \(byteCount) bytes from \(channel.peer)")
  }

  private func finishCurrent() throws(Failure) {
    try current?.pages.finish()
    current = nil
  }

  private func parentHas(_ run: PageRun) -> Bool {
    var address = run.address
    for held in parentRuns ?? [] where held.address <= address && held.end > address {
      address = held.end
      if address >= run.end { return true }
    }
    return false
  }

  private func id(_ image: UInt64) throws(Failure) -> PagesID {
    guard let id = PagesID(wireNumber: image) else { throw refused("an image of no task and no object", image) }
    return id
  }

  private func refused(_ what: String, _ number: UInt64) -> Failure {
    ending = .refused
    return Failure(
      "serve the client", "\(channel.peer), which sent \(what) (0x\(String(number, radix: 16)))", .badMessage,
      remedy: "It is no criu, or another version of it: let only dumps reach this port.")
  }
}
