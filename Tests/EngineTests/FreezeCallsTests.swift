import Glibc
import Linux
import Testing

/// System calls that a dump makes while its tree is frozen, as strace(1) counts them: what grows with the tree must not
/// grow faster than it, nor by more calls than here.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"), .enabled(if: access(strace, X_OK) == 0, "needs strace"))
struct FreezeCallsTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      // A letter, how many things each makes, and calls a thing.
      ("n", 1, 50.0),  // a thread
      (",n", 1, 460),  // a process, with its mappings and descriptors
      ("d", 10, 24),  // a descriptor, beside a tenth of a thread
      ("a", 10, 6),  // an anonymous mapping, likewise
    ])
  func aFreezeTakesFewCalls(_ more: String, _ count: Int, _ limit: Double) throws {
    let (few, many) = (2, 22)
    let first = try calls(whileFrozen: "n" + String(repeating: more, count: few))
    let second = try calls(whileFrozen: "n" + String(repeating: more, count: many))
    let each = Double(second - first) / Double((many - few) * count)
    #expect(each > 0 && each <= limit, "\(each) calls")
  }

  private func calls(whileFrozen plan: String) throws -> Int {
    let victim = try FreezeVictim(plan)
    let path = "/tmp/freeze-calls-\(getpid())"
    defer { unlink(path) }
    // The guardian is another process, which strace does not follow.
    let run = try start([strace, "-o", path, BuiltProgram.path("engineprobe"), "order", "\(victim.pid)", "unordered", "1024"])
    let (status, text) = run.finish()
    try #require(status == 0, "\(text)")
    let lines = try readText(path).split(separator: "\n")
    let begin = try #require(lines.firstIndex { $0.hasPrefix("ptrace(PTRACE_SEIZE") })
    let end = try #require(lines.lastIndex { $0.hasPrefix("ptrace(PTRACE_DETACH") })
    // Waiting may take one look or several.
    return lines[begin...end].count { !$0.hasPrefix("wait4(") && !$0.hasPrefix("rt_sig") && !$0.hasPrefix("futex(") }
  }
}

private let strace = "/usr/bin/strace"
