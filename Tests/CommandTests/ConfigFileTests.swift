import Engine
import Linux
import Testing

@testable import criu

private func read(_ text: String) throws(Failure) -> Options {
  try Options(try ConfigFile.parse(text, name: "x.conf").settings, for: nil)
}

extension ParsingTests {
  @Test func theManualsExampleIsRead() throws {
    let options = try read(
      """
      tcp-established
      work-dir "/home/USERNAME/criu/my \\"work\\" directory"
      #this is a comment
      no-restore-sibling   # this is another comment
      """)
    #expect(options.sockets.tcpEstablished)
    #expect(options.workDirectory == "/home/USERNAME/criu/my \"work\" directory")
  }

  @Test(arguments: [
    ("log-file ab", "ab"), ("  log-file\tab", "ab"), ("log-file ab\t# c", "ab"), ("log-file a#b", "a"),
    ("log-file \"a#b\"", "a#b"), ("log-file \"a b\" # \"c\"", "a b"), ("log-file \"a\"b", "a"),
    ("log-file \"a\\b\\t\"", "a\\b\\t"), ("log-file a\\\"b", "a\"b"), ("log-file 'ab'", "'ab'"), ("log-file=ab", "ab"),
    ("log-file ab\r\n", "ab"), ("log-fi ab", "ab"), ("log-file \"\"", ""),
  ])
  func aValueIsTakenOutOfItsLine(_ line: String, _ value: String) throws {
    #expect(try read(line).logFile == value)
  }

  @Test func anOptionalValueMayFollowABlankInAFile() throws {
    #expect(try read("verbosity 4").verbosity == 4)
    #expect(try read("verbosity=4").verbosity == 4)
    #expect(try read("verbosity # up").verbosity == 3)
    #expect(try read("manage-cgroups full").cgroups.mode == .full)
  }

  @Test func whatFollowsAValueIsSaid() throws {
    #expect(try ConfigFile.parse("log-file a b", name: "x.conf").warnings.count == 1)
    #expect(try ConfigFile.parse("tcp-close b", name: "x.conf").warnings.count == 1)
    #expect(try ConfigFile.parse("log-file a # b", name: "x.conf").warnings == [])
  }

  @Test(arguments: [
    "bogus", "--verbosity 4", "v4", "check", "log-file \"a b", "log-file", "shell-job=1", "tcp- x", "memory-rea readv",
    "no-tree 1",
  ])
  func aWrongLineIsNamedWithItsFileAndNumber(_ line: String) throws {
    let wrong = try failure { () throws(Failure) in _ = try read("tcp-close\n\n" + line) }
    #expect(wrong.summary.contains("x.conf line 3"))
  }

  @Test func aValueThatCannotBeReadIsNamedWithItsFileAndNumber() throws {
    let wrong = try failure { () throws(Failure) in _ = try read("ghost-limit 1X") }
    #expect(wrong.subject == "--ghost-limit 1X" && wrong.summary.contains("x.conf line 1"))
  }
}
