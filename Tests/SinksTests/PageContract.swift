import Linux
import Streams
import Testing

/// What the engine may rely on in every sink's pages and their mirror.
@Suite struct PageContract {
  /// Of two tasks and a shared object; small, large and lazy runs.
  static let runs: [PagesID: [PageRun]] = [
    .task(1): [
      PageRun(address: 0x40_0000, pageCount: 1, flags: .present),
      PageRun(address: 0x60_0000, pageCount: 300, flags: [.present, .lazy]),
      PageRun(address: 0x7fff_0000_0000, pageCount: 40, flags: .present),
    ],
    .task(2): [PageRun(address: 0x40_0000, pageCount: 2, flags: .present)],
    .shared(77): [PageRun(address: 0, pageCount: 600, flags: .present)],
  ]

  static func bytes(of run: PageRun, _ id: PagesID) -> [UInt8] {
    pattern(Int(run.address >> 12) ^ id.pagemapName.description.utf8.count, byteCount: run.byteCount)
  }

  /// Two pages are written, then up to twelve spliced, in turns.
  static func writePages(_ sink: any ImageSink) throws(Failure) {
    for (id, runs) in runs.sorted(by: { $0.key.pagemapName.description < $1.key.pagemapName.description }) {
      let pages = try sink.openPages(id)
      for run in runs {
        try pages.begin(run)
        let bytes = bytes(of: run, id)
        var done = 0
        var isSpliced = false
        while done < bytes.count {
          let piece = Array(bytes[done..<min(done + (isSpliced ? 12 : 2) * pageSize, bytes.count)])
          if isSpliced {
            let pipe = try fullPipe(piece)
            try pages.splice(from: pipe, byteCount: piece.count)
          } else {
            try pages.write(piece.span.bytes)
          }
          isSpliced.toggle()
          done += piece.count
        }
      }
      try pages.finish()
    }
  }

  private func committed(_ kind: SinkKind) throws -> (SinkBench, any ImageSource) {
    let bench = try SinkBench(kind)
    try PageContract.writePages(bench.sink)
    let inventory = try bench.sink.open(try name("inventory.img"))
    try inventory.write(pattern(1, byteCount: 60))
    try inventory.finish()
    try bench.commit()
    return (bench, try bench.source())
  }

  @Test(arguments: SinkKind.allCases) func pagesAreReadBackInTheirRuns(_ kind: SinkKind) throws {
    let (bench, source) = try committed(kind)
    for (id, runs) in PageContract.runs {
      let pages = try #require(try source.openPages(id))
      for run in runs {
        #expect(try pages.next() == run)
        var bytes = [UInt8](repeating: 0, count: run.byteCount)
        try bytes.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
        #expect(isSame(bytes, PageContract.bytes(of: run, id)))
      }
      #expect(try pages.next() == nil)
    }
    #expect(try source.openPages(.task(3)) == nil)
    try bench.end(source)
  }

  @Test(arguments: SinkKind.allCases) func manyBuffersAreFilledInOrder(_ kind: SinkKind) throws {
    let (bench, source) = try committed(kind)
    let id = PagesID.shared(77)
    let run = PageContract.runs[id]![0]
    let pages = try #require(try source.openPages(id))
    #expect(try pages.next() == run)
    var bytes = [UInt8](repeating: 0, count: run.byteCount)
    try bytes.withUnsafeMutableBytes { bytes in
      // More than IOV_MAX, and one of no bytes.
      var buffers = stride(from: 0, to: bytes.count, by: pageSize / 2).map {
        UnsafeMutableRawBufferPointer(rebasing: bytes[$0..<$0 + pageSize / 2])
      }
      buffers.insert(UnsafeMutableRawBufferPointer(start: nil, count: 0), at: 5)
      try pages.read(into: buffers)
    }
    #expect(isSame(bytes, PageContract.bytes(of: run, id)))
    #expect(try pages.next() == nil)
    try bench.end(source)
  }

  @Test(arguments: SinkKind.allCases) func aRunThatIsNotReadIsPassedOver(_ kind: SinkKind) throws {
    let (bench, source) = try committed(kind)
    let runs = PageContract.runs[.task(1)]!
    let pages = try #require(try source.openPages(.task(1)))
    #expect(try pages.next() == runs[0])
    #expect(try pages.next() == runs[1])
    var part = [UInt8](repeating: 0, count: 3 * pageSize)
    try part.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
    #expect(try pages.next() == runs[2])
    var bytes = [UInt8](repeating: 0, count: runs[2].byteCount)
    try bytes.withUnsafeMutableBytes { bytes in try pages.read(into: [bytes]) }
    #expect(isSame(bytes, PageContract.bytes(of: runs[2], .task(1))))
    #expect(try pages.next() == nil)
    try bench.end(source)
  }
}
