public import Linux
public import Streams

/// Sends pages to a page server, and leaves everything else to another sink.
///
/// The set is whole when both have it: the server is told first that all was sent, and must answer that all was kept.
/// Numbers of pages images are the server's own.
public final class PageServerSink: ImageSink {
  public var abilities: Abilities { rest.abilities.subtracting([.descriptor, .rewriting]) }
  public var pagesNumbers: PagesNumbers { rest.pagesNumbers }

  private let rest: any ImageSink
  private let listsPages: Bool
  private var client: PageServerClient?

  /// - Parameter listsPages: What is sent is noted beside the rest (`SentPages`), for a dump that has this one as parent.
  public init(_ client: PageServerClient, rest: any ImageSink, listsPages: Bool = false) {
    self.client = client
    self.listsPages = listsPages
    self.rest = rest
  }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream { try rest.open(name) }

  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    try PageServerPages(
      id, at: try going("send pages", id.pagemapName.description), listingIn: listsPages ? rest : nil)
  }

  public func commit() throws(Failure) {
    let client = try going("commit a set", "the page server")
    self.client = nil
    try client.close()
    try rest.commit()
  }

  /// The server drops what it got of a session that ends in the middle.
  public func abandon() {
    client?.channel.end(waits: false)
    client = nil
    rest.abandon()
  }

  private func going(_ attempted: String, _ subject: String) throws(Failure) -> PageServerClient {
    if let client { return client }
    throw Failure(attempted, subject, .invalid, remedy: "Report this: the set was committed or abandoned before.")
  }
}

/// The pages of one task or one shared object, on their way to a server.
final class PageServerPages: PageSink {
  private let id: PagesID
  private let client: PageServerClient
  private let hasParent: Bool
  /// Where the last run ended.
  private var end: UInt64 = 0
  /// Bytes of the last run that are still to come.
  private var missingBytes = 0
  private var hasPages = false
  private let list: (any ImageSink)?
  private var sent: [PageRun] = []

  init(_ id: PagesID, at client: PageServerClient, listingIn list: (any ImageSink)?) throws(Failure) {
    self.id = id
    self.list = list
    self.client = client
    hasParent = try client.open(id)
  }

  func begin(_ run: PageRun) throws(Failure) {
    let request = try follow(run)
    try client.channel.send(request)
    if run.flags.contains(.present) { missingBytes = run.byteCount }
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    try take(bytes.byteCount)
    try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in
      try client.channel.send([bytes])
    }
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    try take(byteCount)
    try client.channel.send(from: pipe, byteCount: byteCount)
  }

  /// Heads and pages in one call for many runs.
  func write(_ runs: ArraySlice<PageRun>, _ bytes: RawSpan) throws(Failure) {
    var words: [UInt64] = []
    for run in runs { words += try follow(run).words }
    hasPages = hasPages || !runs.isEmpty
    try withBytes(of: words) { (heads) throws(Failure) in
      try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(Failure) in
        var pieces: [UnsafeRawBufferPointer] = []
        var offset = 0
        for (index, run) in runs.enumerated() {
          let head = index * PageRequest.byteCount
          pieces.append(UnsafeRawBufferPointer(rebasing: heads[head..<(head + PageRequest.byteCount)]))
          pieces.append(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + run.byteCount)]))
          offset += run.byteCount
        }
        try client.channel.send(pieces)
      }
    }
  }

  /// Returns once the server has taken every page. Spliced pages are the task's own until then: it must not run on, and
  /// write to them, while they wait in the socket.
  func finish() throws(Failure) {
    guard missingBytes == 0 else { throw misuse("finish pages with \(missingBytes) bytes of the last run missing") }
    if hasPages { _ = try client.hasParent(id) }
    if let list { try SentPages.write(sent, of: id, to: list) }
  }

  private func follow(_ run: PageRun) throws(Failure) -> PageRequest {
    guard missingBytes == 0 else { throw misuse("begin a run of pages with \(missingBytes) bytes of the last missing") }
    guard run.isWellFormed, run.address >= end else { throw misuse("begin the run \(run) after 0x\(String(end, radix: 16))") }
    let isLeftToParent = run.flags.contains(.parent) && !run.flags.contains(.present)
    guard hasParent || !isLeftToParent else {
      throw Failure(
        "leave pages to the parent set", "\(id.pagemapName): \(run), at \(client.channel.peer)", .noEntry,
        remedy: "Start the page server with the --prev-images-dir that has the pages of the dump before.")
    }
    end = run.end
    if list != nil { sent.append(run) }
    return PageRequest(run, of: id)
  }

  private func take(_ byteCount: Int) throws(Failure) {
    guard byteCount <= missingBytes else {
      throw misuse("write \(byteCount) bytes to a run that lacks \(missingBytes)")
    }
    missingBytes -= byteCount
    hasPages = hasPages || byteCount > 0
  }

  private func misuse(_ attempted: String) -> Failure {
    Failure(
      attempted, id.pagemapName.description, .invalid, remedy: "Report this with the log: the engine sent wrong pages.")
  }
}
