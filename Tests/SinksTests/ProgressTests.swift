import Glibc
import Linux
import Sinks
import Streams
import Testing

@Suite struct ProgressTests {
  /// What a dump tells whose runs take half a second each, and how it ends.
  private func lines(commits: Bool) throws -> [String] {
    let place = try ScratchDirectory()
    try place.write([], to: "lines")
    let file = OwnedFD(adopting: CInt(File.open("\(place.path)/lines", .writeOnly)))
    var microseconds = 5_000_000
    try file.withRaw { (file: CInt) throws in
      let progress = Progress(descriptor: file, drawsOnTerminal: false) { microseconds }
      let sink = ProgressSink(MemoryPlace(), progress)
      let pages = try sink.openPages(.task(1))
      let runs = [
        PageRun(address: 0x1000, pageCount: 2, flags: .present), PageRun(address: 0x9000, pageCount: 8, flags: .lazy),
        PageRun(address: 0x2_0000, pageCount: 2, flags: .present),
      ]
      try pages.announce(runs)
      for run in runs {
        try pages.begin(run)
        if run.flags == .present { try pages.write(pattern(1, byteCount: run.byteCount).span.bytes) }
        microseconds += 500_000
      }
      try pages.finish()
      if commits { try sink.commit() } else { sink.abandon() }
    }
    return String(decoding: try place.contents("lines"), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func linesSayBytesRateAndTimeLeft() throws {
    let lines = try lines(commits: true)
    #expect(lines.count == 2)
    // A page image has 4 pages in all, after 1 and 1.5 seconds.
    #expect(
      lines == [
        #"{"bytes":16384,"total":16384,"seconds":1.00,"bytes_per_second":16384,"seconds_left":0.00,"done":false}"#,
        #"{"bytes":16384,"total":16384,"seconds":1.50,"bytes_per_second":10922,"seconds_left":0.00,"done":true}"#,
      ])
  }

  @Test func aDumpThatFailsIsNotDone() throws {
    #expect(try lines(commits: false).last?.hasSuffix(#""done":false}"#) == true)
  }

  @Test func aReaderThatWentAwayIsNoFailure() throws {
    let progress = Progress(descriptor: 1_000_000, drawsOnTerminal: false)
    let sink = ProgressSink(MemoryPlace(), progress)
    let stream = try sink.open(try name("core-1.img"))
    try stream.write(pattern(1, byteCount: 10))
    try stream.finish()
    try sink.commit()
  }
}
