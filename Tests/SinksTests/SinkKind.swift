import Glibc
import Linux
import Sinks
import Streams

/// Every place that images go to: each keeps the contract in SinkContract.swift.
enum SinkKind: String, CaseIterable, Codable, Sendable {
  case directory
  case directoryWithoutRing
  /// Pages go to a server, everything else to a directory.
  case pageServer
  case zstd
  case oneShard, threeShards, streamer, streamerOfThree
  case zstdOverOneShard, zstdOverThreeShards, zstdOverStreamer

  /// What ends in a directory: only there can be seen what is left.
  static let places: [SinkKind] = [.directory, .directoryWithoutRing, .pageServer, .zstd]
  static let streams = allCases.filter { !places.contains($0) }

  var compresses: Bool { rawValue.hasPrefix("zstd") }

  /// The stream that the images go into.
  var stream: StreamKind? {
    switch self {
    case .oneShard, .zstdOverOneShard: .oneShard
    case .threeShards, .zstdOverThreeShards: .threeShards
    case .streamer, .zstdOverStreamer: .streamer
    case .streamerOfThree: .streamerOfThree
    default: nil
    }
  }
}

/// One sink of a kind with all that a test needs around it.
final class SinkBench {
  let kind: SinkKind
  let place: ScratchDirectory
  let journal = TestJournal()
  let sink: any ImageSink
  /// Where the kind is a stream.
  let stream: StreamBench?
  private var server: TestPageServer?
  private var reading: StreamReading?

  init(_ kind: SinkKind, in place: ScratchDirectory? = nil, fault: FaultHook? = nil) throws(Failure) {
    self.kind = kind
    let place = if let place { place } else { try ScratchDirectory() }
    self.place = place
    if let streamKind = kind.stream {
      let bench = try StreamBench(streamKind)
      stream = bench
      sink = kind.compresses ? ZstdSink(bench.sink, level: 3) : bench.sink
      return
    }
    stream = nil
    let directory = DirectorySink(
      adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .disk, journal: journal,
      ring: kind == .directory || kind == .zstd ? .ifGranted : .never, fault: fault)
    switch kind {
    case .directory, .directoryWithoutRing: sink = directory
    case .zstd: sink = ZstdSink(directory, level: 3)
    default:
      var socket: OwnedFD?
      server = try TestPageServer(connected: &socket)
      sink = PageServerSink(try .adopt(socket.take()!, name: nil, tls: nil), rest: directory)
    }
  }

  /// The files of a committed `SinkContract.expected`, sorted.
  var expectedNames: [String] {
    SinkContract.expected.keys.map { kind == .zstd && $0.hasPrefix("pages-") ? $0 + ".zst" : $0 }.sorted()
  }

  func commit() throws {
    try sink.commit()
    try stream?.endCapture()
  }

  /// What was committed.
  func source() throws(Failure) -> any ImageSource {
    if let stream {
      let reading = try stream.reading()
      self.reading = reading
      return kind.compresses ? ZstdSource(reading.source) : reading.source
    }
    let directory = DirectorySource(adopting: try place.open(), path: place.path)
    return switch kind {
    case .directory, .directoryWithoutRing: directory
    case .zstd: ZstdSource(directory)
    default:
      BothHalves(directory, DirectorySource(adopting: try server!.place.open(), path: server!.place.path))
    }
  }

  /// When all was read that will be.
  func end(_ source: any ImageSource) throws(Failure) {
    try source.finish()
    try reading?.end()
  }

  /// The failing path, as the engine goes it.
  func undo() throws(Failure) {
    sink.abandon()
    try journal.undo()
  }
}

/// Bytes that differ from image to image and from place to place.
func pattern(_ seed: Int, byteCount: Int) -> [UInt8] {
  var state = UInt64(truncatingIfNeeded: seed &* 2_654_435_761) | 1
  var words = ContiguousArray<UInt64>(repeating: 0, count: (byteCount + 7) / 8)
  words.withUnsafeMutableBufferPointer { words in
    var index = 0
    while index < words.count {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      words[index] = state
      index += 1
    }
  }
  return words.withUnsafeBytes { Array($0.prefix(byteCount)) }
}

/// For large arrays, which `#expect(a == b)` would print.
func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool { one == other }

func name(_ text: String) throws(Failure) -> ImageName {
  guard let name = ImageName(text) else { throw Failure("name", text, .invalid, remedy: "Look at the test.") }
  return name
}

/// The read end of a pipe with `bytes` in it, 64 KiB at most, and no writer.
func fullPipe(_ bytes: [UInt8]) throws(Failure) -> OwnedFD {
  var ends: [CInt] = [-1, -1]
  guard pipe(&ends) == 0 else { throw Failure("make a pipe", "the test", Errno(errno), remedy: "Look at the test.") }
  let reading = OwnedFD(adopting: ends[0])
  let writing = OwnedFD(adopting: ends[1])
  try writing.withRaw { (raw: CInt) throws(Failure) in
    _ = try check("fill the pipe", "the test", remedy: "Look at the test.") {
      bytes.withUnsafeBytes { File.write(raw, $0) }
    }
  }
  return reading
}

extension ImageStream {
  func write(_ bytes: [UInt8]) throws(Failure) { try write(bytes.span.bytes) }

  func splice(_ bytes: [UInt8]) throws(Failure) {
    let pipe = try fullPipe(bytes)
    try splice(from: pipe, byteCount: bytes.count)
  }
}

extension ImageReader {
  func readAll() throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 50_000, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }
}
