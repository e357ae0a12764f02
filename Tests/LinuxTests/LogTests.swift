import Glibc
import Linux
import Testing

/// What `body` writes to a log of this level, through a pipe.
private func lines(_ level: Log.Level, pid: Int32? = nil, _ body: (Log) -> Void) -> [String] {
  var ends: [CInt] = [-1, -1]
  #expect(pipe(&ends) == 0)
  let plain = Log(descriptor: ends[1], level: level)
  body(pid.map { plain.marked(pid: $0) } ?? plain)
  close(ends[1])
  var buffer = [UInt8](repeating: 0, count: 4096)
  let count = read(ends[0], &buffer, buffer.count)
  close(ends[0])
  return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
}

private func sayAll(_ log: Log) {
  log.error("e", file: "Engine/X.swift", line: 7)
  log.warning("w", file: "Engine/X.swift", line: 8)
  log.info("i")
  log.debug("d")
}

@Test func aLogWritesWhatItsLevelAllows() {
  #expect(lines(.message, sayAll) == [])
  #expect(lines(.error, sayAll) == ["Error (Engine/X.swift:7): e"])
  #expect(lines(.warning, sayAll) == ["Error (Engine/X.swift:7): e", "Warn  (Engine/X.swift:8): w"])
  #expect(lines(.info, sayAll).count == 3)
  #expect(lines(.debug, sayAll).count == 4)
}

@Test func aLineCarriesTheTimeFromLevelInfoOn() throws {
  let line = try #require(lines(.debug) { $0.debug("text") }.first)
  #expect(line.hasPrefix("(00.0") && line.hasSuffix(") text") && line.utf8.count == "(00.012345) text".utf8.count)
}

@Test func aMarkedLogNamesTheTask() {
  #expect(lines(.warning, pid: 12) { $0.error("e", file: "F", line: 1) } == ["    12: Error (F:1): e"])
}

@Test func aFailureIsAnErrorLineAndItsRemedyBelow() {
  let failure = Failure("open", "/x", .noEntry, remedy: "Make it.").during("restoring")
  #expect(
    lines(.error) { $0.error(failure, file: "F", line: 2) } == [
      "Error (F:2): cannot open: /x: No such file or directory, while restoring", "try: Make it.",
    ])
}

@Test func textOfASilencedLevelIsNotBuilt() {
  #expect(
    lines(.warning) {
      $0.debug(
        {
          Issue.record("built")
          return ""
        }())
    } == [])
}

@Test func aLogThatIsGoneClosesTheFileItOwns() throws {
  var ends: [CInt] = [-1, -1]
  try #require(pipe(&ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
  do {
    let log = Log(adopting: OwnedFD(adopting: ends[1]), level: .error)
    #expect(log.isOn(.error))
  }
  var byte: UInt8 = 0
  #expect(read(ends[0], &byte, 1) == 0, "the write end is still open")
  close(ends[0])
}
