import Glibc
import Linux
import Sinks
import Streams
import Testing

@Suite struct ProgressTests {
  /// What a dump tells whose runs take half a second each, and how it ends.
  private func lines(commits: Bool, onTerminal: Bool = false) throws -> [String] {
    let place = try ScratchDirectory()
    try place.write([], to: "lines")
    let file = OwnedFD(adopting: CInt(File.open("\(place.path)/lines", .writeOnly)))
    var microseconds = 5_000_000
    try file.withRaw { (file: CInt) throws in
      let progress = try Progress(descriptor: onTerminal ? nil : file, terminal: onTerminal ? file : nil) { microseconds }
      let sink = ProgressSink(MemoryPlace(), progress)
      try write(to: sink) { microseconds += 500_000 }
      if commits { try sink.commit() } else { sink.abandon() }
    }
    return try place.lines()
  }

  private func write(to sink: any ImageSink, _ wait: () -> Void = {}) throws {
    let pages = try sink.openPages(.task(1))
    try pages.announce(ProgressTests.runs)
    for run in ProgressTests.runs {
      try pages.begin(run)
      if run.flags == .present { try pages.write(pattern(1, byteCount: run.byteCount).span.bytes) }
      wait()
    }
    try pages.finish()
  }

  private static let runs = [
    PageRun(address: 0x1000, pageCount: 2, flags: .present), PageRun(address: 0x9000, pageCount: 8, flags: .lazy),
    PageRun(address: 0x2_0000, pageCount: 2, flags: .present),
  ]

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

  /// Not before a second is over; and what comes after it finds the line empty.
  @Test(arguments: [true, false]) func aTerminalHasALineThatGoesInTheEnd(_ commits: Bool) throws {
    let gone = "\r\u{1b}[K"
    #expect(try lines(commits: commits, onTerminal: true) == ["\r0 MiB of 0 MiB, 0 MiB/s, 0.0 s left\u{1b}[K" + gone])
  }

  /// A process that is cloned in between, as tasks are that read their pages themselves, counts with the others.
  @Test(arguments: [true, false]) func aRestoreIsCountedInAllItsProcesses(_ succeeds: Bool) throws {
    let place = try ScratchDirectory()
    try place.write([], to: "lines")
    let file = OwnedFD(adopting: CInt(File.open("\(place.path)/lines", .writeOnly)))
    let memory = MemoryPlace()
    try write(to: memory)
    try memory.commit()
    try file.withRaw { (file: CInt) throws in
      let progress = try Progress(descriptor: file, terminal: nil) { 7 }
      let source = ProgressSource(memory, progress)
      guard case .parent(let child) = try cloneProcess() else {
        do throws(Failure) {
          let pages = try source.openPages(.task(1))!
          let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * pageSize, alignment: 16)
          while let run = try pages.next() { if run.flags == .present { try pages.read(into: [buffer]) } }
          exitNow(0)
        } catch { exitNow(1) }
      }
      #expect(try waitForEnd(of: child) == .exited(0))
      if succeeds { try source.finish() } else { source.giveUp() }
    }
    let lines = try place.lines()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix(#"{"bytes":16384,"total":16384,"#) == true)
    #expect(lines.first?.hasSuffix(#""done":\#(succeeds)}"#) == true)
  }

  /// 40 MiB at once, into buffers of odd sizes: told on the way, and every byte in its place.
  @Test func aLongReadIsToldOnTheWay() throws {
    let place = try ScratchDirectory()
    try place.write([], to: "lines")
    let file = OwnedFD(adopting: CInt(File.open("\(place.path)/lines", .writeOnly)))
    let memory = MemoryPlace()
    let run = PageRun(address: 0x1000, pageCount: 10_240, flags: .present)
    let bytes = pattern(3, byteCount: run.byteCount)
    let pages: any PageSink = try memory.openPages(.task(1))
    try pages.announce([run])
    try pages.begin(run)
    try pages.write(bytes.span.bytes)
    try pages.finish()
    try file.withRaw { (file: CInt) throws in
      var microseconds = 0
      let progress = try Progress(descriptor: file, terminal: nil) {
        microseconds += 500_000
        return microseconds
      }
      let read = try #require(try ProgressSource(memory, progress).openPages(.task(1)))
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: run.byteCount, alignment: 16)
      defer { buffer.deallocate() }
      #expect(try read.next() == run)
      let bounds = [0, 5_000, 17_000_000, 17_000_001, run.byteCount]
      try read.read(into: zip(bounds, bounds.dropFirst()).map { UnsafeMutableRawBufferPointer(rebasing: buffer[$0..<$1]) })
      #expect(isSame(Array(buffer), bytes))
    }
    #expect(try place.lines().map { $0.prefix { $0 != "," } } == [16, 32, 40].map { "{\"bytes\":\($0 << 20)" })
  }

  @Test func aDumpThatFailsIsNotDone() throws {
    #expect(try lines(commits: false).last?.hasSuffix(#""done":false}"#) == true)
  }

  @Test func aReaderThatWentAwayIsNoFailure() throws {
    let progress = try Progress(descriptor: 1_000_000, terminal: nil)
    let sink = ProgressSink(MemoryPlace(), progress)
    let stream = try sink.open(try name("core-1.img"))
    try stream.write(pattern(1, byteCount: 10))
    try stream.finish()
    try sink.commit()
  }
}

extension ScratchDirectory {
  fileprivate func lines() throws -> [String] {
    String(decoding: try contents("lines"), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
