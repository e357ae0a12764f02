import Foundation
import Images
import Linux
import Streams
import Testing

/// Sets that CRIU wrote, read and written again: every byte must come back. Their directories are named in the
/// environment, IMAGE_SETS=DIRECTORY:DIRECTORY...
@Suite(.enabled(if: !imageSets.isEmpty, "needs image sets: IMAGE_SETS=DIRECTORY:DIRECTORY..."))
struct ImageSetTests {
  private func load(_ directory: String) throws -> MemorySet {
    let set = MemorySet()
    for file in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
      let name = try #require(ImageName(file))
      guard ImageKind.of(name) != nil else { continue }
      set.images[name] = [UInt8](try Data(contentsOf: URL(filePath: directory).appending(path: file)))
    }
    try #require(set[.inventory] != nil || set[.pagemap] != nil, "no image set in \(directory)")
    return set
  }

  @Test(arguments: imageSets)
  func everyRecordComesBackByteForByte(_ directory: String) throws {
    let set = try load(directory)
    let copy = MemorySet()
    for (name, bytes) in set.images {
      let kind = try #require(ImageKind.of(name))
      guard !kind.isRaw else { continue }
      let reader = try RecordReader(MemoryReader(bytes), kind: kind, name: name)
      let writer = RecordWriter(try copy.open(name) as any ImageStream, kind: kind, name: name)
      try Copy(reader: reader, writer: writer, name: name).all(kind)
      try writer.finish()
      #expect(copy.images[name] == bytes, "\(name)")
    }
  }

  @Test(arguments: imageSets)
  func pagesComeBackByteForByte(_ directory: String) throws {
    let set = try load(directory)
    for name in set.images.keys {
      let id: PagesID
      if let pid = ImageKind.pagemap.number(in: name) {
        id = .task(UInt32(pid))
      } else if let object = ImageKind.pagemapShmem.number(in: name) {
        id = .shared(object)
      } else {
        continue
      }
      let pagemap = try #require(try Pagemap.read(id, from: set))
      let copy = MemorySet()
      let source = try #require(try set.openPages(id) as (any PageSource)?)
      let sink = try copy.openPages(id) as any PageSink
      while let run = try source.next() {
        try sink.begin(run)
        var bytes = [UInt8](repeating: 0, count: run.flags.contains(.present) ? run.byteCount : 0)
        try bytes.withUnsafeMutableBytes { try source.read(into: [$0]) }
        try sink.write(bytes.span.bytes)
      }
      try sink.finish()
      guard !pagemap.runs.contains(where: { $0.flags.contains(.parent) }) else { continue }
      #expect(copy[.pages, 1] == set[.pages, UInt64(pagemap.pagesNumber)], "\(name)")
      #expect(try Pagemap.read(id, from: copy)?.runs == merged(pagemap.runs), "\(name)")
    }
  }

  /// CRIU begins a new entry where a mapping ends; we do not.
  private func merged(_ runs: [PageRun]) -> [PageRun] {
    runs.reduce(into: []) { result, run in
      if let last = result.last, last.end == run.address, last.flags == run.flags {
        result[result.count - 1].pageCount += run.pageCount
      } else {
        result.append(run)
      }
    }
  }
}

private let imageSets = (ProcessInfo.processInfo.environment["IMAGE_SETS"] ?? "").split(separator: ":")
  .map(String.init)

/// Copies the records of one image through our values.
private struct Copy {
  let reader: RecordReader
  let writer: RecordWriter
  let name: ImageName

  func all(_ kind: ImageKind) throws {
    switch kind {
    case .pagemap, .pagemapShmem:
      _ = try one(PagemapHead.self)
      while try one(PagemapEntry.self) != nil {}
    case .ipcnsMsg:
      while let queue = try one(IpcMsgEntry.self) {
        for _ in 0..<queue.qnum { _ = try #require(try one(IpcMsg.self)) }
      }
    case .ghostFile:
      _ = try one(GhostFileEntry.self)
      while try one(GhostChunkEntry.self) != nil {}
    default:
      let message = try #require(kind.message)
      while try one(message) != nil {}
    }
  }

  func one<M: ImageMessage>(_ type: M.Type) throws -> M? {
    guard let record = try reader.next(type) else { return nil }
    try writer.write(record)
    switch record.trailing {
    case .bytes(0, _): break
    case .bytes(let count, _):
      let bytes = try reader.readExtra(byteCount: count)
      try writer.write(extra: bytes.span.bytes)
    case .rest: try rest()
    }
    // The schema must name every field, of inner messages too.
    var text = ""
    dump(record, to: &text)
    #expect(!text.contains("UnknownField\n"), "\(name): \(text)")
    return record
  }

  private func rest() throws {
    var piece = [UInt8](repeating: 0, count: 10_000)
    while true {
      let count = try piece.withUnsafeMutableBytes { try reader.readRest(into: $0) }
      if count == 0 { return }
      let bytes = Array(piece[..<count])
      try writer.write(extra: bytes.span.bytes)
    }
  }
}
