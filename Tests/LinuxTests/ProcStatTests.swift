import Linux
import Testing

struct ProcStatTests {
  /// Up to field 31; none of the command's words is taken for one.
  private func stat(state: Character, flags: UInt64, pending: UInt64) throws -> ProcStat {
    let text =
      "57 (a (b) Z) \(state) 1 57 57 0 -1 \(flags) 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0 18446744073709551615 0 0 0 0 0 \(pending)\n"
    return try ProcStat(parsing: Array(text.utf8), path: "stat")
  }

  @Test func tellsTheFieldsBehindAnyCommand() throws {
    let stat = try stat(state: "S", flags: 0x40_0040, pending: 0)
    #expect(stat.command == "a (b) Z" && stat.state == "S" && stat.parent == 1)
    #expect(stat.flags == 0x40_0040 && stat.startTime == 4711)
  }

  @Test func tellsWhatEndsFromWhatLives() throws {
    let sigusr1: UInt64 = 1 << 9
    #expect(try !stat(state: "R", flags: 0x40_0040, pending: sigusr1).ends)
    #expect(try stat(state: "Z", flags: 0x40_0040, pending: 0).ends)
    #expect(try stat(state: "X", flags: 0x40_0040, pending: 0).ends)
    #expect(try stat(state: "R", flags: 0x40_0044, pending: 0).ends)
    #expect(try stat(state: "S", flags: 0x40_0040, pending: 1 << 8).ends)
  }
}
