import Glibc
import Linux
import Sinks
import Streams

/// Every place that images go to: each keeps the contract in SinkContract.swift.
enum SinkKind: String, CaseIterable, Codable, Sendable {
  case directory
  case directoryWithoutRing
}

/// One sink of a kind with all that a test needs around it.
final class SinkBench {
  let kind: SinkKind
  let place: ScratchDirectory
  let journal = TestJournal()
  let sink: any ImageSink

  init(_ kind: SinkKind, in place: ScratchDirectory? = nil, fault: FaultHook? = nil) throws(Failure) {
    self.kind = kind
    let place = if let place { place } else { try ScratchDirectory() }
    self.place = place
    switch kind {
    case .directory, .directoryWithoutRing:
      sink = DirectorySink(
        adopting: try place.open(), path: place.path, contents: .wholeSet, durability: .disk, journal: journal,
        ring: kind == .directory ? .ifGranted : .never, fault: fault)
    }
  }

  /// What was committed.
  func source() throws(Failure) -> any ImageSource {
    switch kind {
    case .directory, .directoryWithoutRing: DirectorySource(adopting: try place.open(), path: place.path)
    }
  }

  /// The failing path, as the engine goes it.
  func undo() throws(Failure) {
    sink.abandon()
    try journal.undo()
  }
}

/// Bytes that differ from image to image and from place to place.
func pattern(_ seed: Int, byteCount: Int) -> [UInt8] {
  var state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761) | 1
  return (0..<byteCount).map { _ in
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    return UInt8(truncatingIfNeeded: state)
  }
}

func name(_ text: String) throws(Failure) -> ImageName {
  guard let name = ImageName(text) else { throw Failure("name", text, .invalid, remedy: "Look at the test.") }
  return name
}

extension ImageStream {
  func write(_ bytes: [UInt8]) throws(Failure) { try write(bytes.span.bytes) }

  /// Through a pipe that holds all of it (64 KiB).
  func splice(_ bytes: [UInt8]) throws(Failure) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure("make a pipe", "the test", Errno(errno), remedy: "Look at the test.") }
    let reading = OwnedFD(adopting: ends[0])
    let writing = OwnedFD(adopting: ends[1])
    _ = try writing.withRaw { (raw: CInt) throws(Failure) in
      try check("fill the pipe", "the test", remedy: "Look at the test.") {
        bytes.withUnsafeBytes { File.write(raw, $0) }
      }
    }
    try splice(from: reading, byteCount: bytes.count)
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
