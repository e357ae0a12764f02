public import Linux
public import Streams

/// Pages that are asked for, one request after the other, of a page server elsewhere: a dump that kept its tree, or a
/// server that has the images (--lazy-pages of both).
public final class PageServerFetcher: PageFetcher {
  private let client: PageServerClient
  private var asked: ArraySlice<PageRequest> = []

  public init(_ client: PageServerClient) { self.client = client }

  public var descriptor: BorrowedFD? { client.channel.descriptor }

  public func ask(for run: PageRun, of pid: UInt32) throws(Failure) {
    let request = PageRequest(.get, pageCount: UInt64(run.pageCount), address: run.address, image: UInt64(pid))
    try client.channel.send(request)
    client.channel.flush()
    asked.append(request)
  }

  public func answer(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let request = asked.removeFirst()
    let what = "receive the page 0x\(String(request.address, radix: 16)) of pid \(request.image)"
    guard let words = try client.channel.receiveWords(4, of: UInt64.self) else { throw client.channel.lost(what) }
    guard let answer = PageRequest(words: words), answer.command == .addFlagged, answer.flags.contains(.present),
      answer.address == request.address, answer.image == request.image,
      (1...request.pageCount).contains(answer.pageCount)
    else {
      throw Failure(
        what, "\(client.channel.peer), which sent something else", .badMessage,
        remedy: "It is no lazy page server: see that --address and --port are those of the dump.")
    }
    let count = Int(answer.pageCount)
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * pageSize)])
    guard try client.channel.receive(into: part) == part.count else { throw client.channel.lost(what) }
    return count
  }

  public func finish() throws(Failure) { try client.close() }
}
