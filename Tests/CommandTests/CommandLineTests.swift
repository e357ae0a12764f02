import Engine
import Linux
import Testing

@testable import criu

/// The options that a command line alone gives.
func options(_ arguments: [String], for command: Command? = nil) throws(Failure) -> Options {
  try Options(try ArgumentParser.parse(["criu"] + arguments).settings, for: command)
}

func options(_ arguments: String...) throws(Failure) -> Options { try options(arguments) }

/// The failure that `body` must throw.
func failure(_ body: () throws(Failure) -> Void) throws -> Failure {
  do throws(Failure) { try body() } catch { return error }
  throw NothingThrown()
}

struct NothingThrown: Error {}

/// Everything that scans arguments: getopt_long(3) has one state a process, so one test at a time.
@Suite(.serialized) struct ParsingTests {}

extension ParsingTests {
  @Test(arguments: [
    ([], 2), (["-v"], 3), (["-vv"], 4), (["-v", "-v"], 4), (["-v0"], 0), (["-v4"], 4), (["-v4", "-v1"], 1),
    (["--verbosity"], 3), (["--verbosity=1"], 1), (["--verb=4"], 4), (["-verbosity=0"], 0), (["-v9"], 9),
  ])
  func verbosityIsRaisedOrSet(_ arguments: [String], _ level: Int) throws {
    #expect(try options(arguments).verbosity == level)
  }

  @Test func anOptionalValueIsOnlyTakenWhenJoined() throws {
    let parsed = try ArgumentParser.parse(["criu", "check", "-v", "4", "--manage-cgroups", "full"])
    #expect(parsed.operands == ["check", "4", "full"])
    #expect(parsed.settings.map(\.occurrence.value) == [nil, nil])
    #expect(try options("--manage-cgroups").cgroups.mode == .soft)
    #expect(try options("--manage-cgroups=full").cgroups.mode == .full)
  }

  @Test func optionsAndOperandsMayBeMixed() throws {
    let parsed = try ArgumentParser.parse(["criu", "-v4", "restore", "--exec-cmd", "-jD", "x", "--", "sh", "-c"])
    #expect(parsed.operands == ["restore", "sh", "-c"])
    let read = try Options(parsed.settings, for: nil)
    #expect(read.isShellJob && read.imagesDirectory == "x" && read.runsCommandAfterRestore)
  }

  @Test func anAbbreviationMeansTheOnlyOptionThatBeginsWithIt() throws {
    #expect(try options("--images", "d").imagesDirectory == "d")
    #expect(try options("--tls").usesTLS)
    #expect(try options("-j", "--no-shell").isShellJob == false)
    let ambiguous = try failure { () throws(Failure) in _ = try options("--tcp-", "5") }
    #expect(ambiguous.remedy == "It stands for several options: write more of --tcp-established, --tcp-close.")
  }

  @Test func ourOwnOptionsTakeNoPartInAbbreviations() throws {
    #expect(try options("--memory-read", "readv").memoryRead == .readv)
    #expect(try options("--memory-read=readv").memoryRead == .readv)
    for short in ["--memory-rea", "--memory", "--me"] {
      let unknown = try failure { () throws(Failure) in _ = try options(short, "readv") }
      #expect(unknown.remedy == "There is no such option: see criu --help.")
    }
  }

  @Test func aValueThatLooksLikeOneOfOurOwnOptionsStaysAsItIs() throws {
    let parsed = try ArgumentParser.parse(["criu", "-o", "--memory-read=x", "--", "--memory-read"])
    #expect(try Options(parsed.settings, for: nil).logFile == "--memory-read=x")
    #expect(parsed.operands == ["--memory-read"])
  }

  @Test(arguments: [
    (["--nothing"], "--nothing", "There is no such option"),
    (["--nothing=1"], "--nothing", "There is no such option"),
    (["-q"], "-q", "There is no such option"),
    (["-jq"], "-q", "There is no such option"),
    (["--tree"], "--tree", "takes a value"),
    (["-t"], "--tree", "takes a value"),
    (["--shell-job=1"], "--shell-job", "takes no value"),
    (["--no-shell-job=1"], "--no-shell-job", "takes no value"),
    (["--no-tree", "1"], "--no-tree", "There is no such option"),
  ])
  func whatIsWrongIsNamed(_ arguments: [String], _ subject: String, _ remedy: String) throws {
    let wrong = try failure { () throws(Failure) in _ = try options(arguments) }
    #expect(wrong.subject == subject && wrong.remedy.contains(remedy))
  }

  @Test func shortAndLongDetachDifferForServers() throws {
    let short = try options("-d")
    #expect(short.isDetached && short.isDaemon)
    #expect(try options("--restore-detached").isDaemon == false)
    #expect(try options("-d", "--no-restore-detached").isDetached == false)
  }

  @Test(arguments: [
    ["-t", "abc"], ["-t", "0"], ["-t", "-5"], ["-t", "5x"], ["--ghost-limit", "1X"], ["--ghost-limit", ""],
    ["--ghost-limit", "9223372036854775807G"], ["--timeout", "-1"], ["--timeout", "abc"], ["--close", "x"],
    ["--inherit-fd", "xx"], ["--inherit-fd", "fd[1]"], ["--inherit-fd", "fd[x]:y"], ["--inherit-fd", "fd[1]:"],
    ["--external", "foo"], ["--external", "foo[1]"], ["--external", "tty[1"], ["--external", "tty[1]x"],
    ["--cpu-cap=foo"], ["--manage-cgroups=foo"], ["--network-lock", "foo"], ["--file-validation", "foo"],
    ["--pre-dump-mode", "foo"], ["--port", "abc"], ["--empty-ns", "pid"], ["--join-ns", "foo"],
    ["--join-ns", "pid:1"], ["--lsm-profile", "x"], ["--veth-pair", "x"], ["--ext-mount-map", "x"],
    ["--memory-read", "x"], ["-xfoo"], ["--cgroup-root", "foo"], ["--ms"],
  ])
  func aValueThatCannotBeReadIsRefusedByName(_ arguments: [String]) throws {
    let wrong = try failure { () throws(Failure) in _ = try options(arguments) }
    let name = arguments[0].hasPrefix("--") ? String(arguments[0].prefix { $0 != "=" }) : String(arguments[0].prefix(2))
    #expect(wrong.subject.hasPrefix(name))
  }

  @Test func valuesAreRead() throws {
    #expect(try options("-t", "12").pid == 12)
    #expect(try options("--ghost-limit", "8M").ghostLimitByteCount == 8 << 20)
    #expect(try options("--ghost-limit", "17").ghostLimitByteCount == 17)
    #expect(try options("--ghost-limit", "1G").ghostLimitByteCount == 1 << 30)
    #expect(try options("--no-ghost-fiemap").ghostFilesByFiemap == false)
    #expect(try options("--inherit-fd", "fd[7]:pipe:[12]").inherited == [.init(descriptor: 7, resource: "pipe:[12]")])
    #expect(try options("-x").sockets.externalUnix)
    #expect(try options("--ext-unix-sk=3,4").sockets.externalUnixInodes == [3, 4])
    #expect(try options("--network-lock", "skip").sockets.networkLock == .skip)
    #expect(try options("--close", "3", "--close", "4").closedDescriptors == [3, 4])
    #expect(try options("--action-script", "a", "--action-script", "b").actionScripts == ["a", "b"])
    #expect(try options("--port", "65537").port == 1)
    #expect(try options("--port", "0").port == 0)
    #expect(try options("-J", "net:17").joinedNamespaces[0].target == "17")
    for wrong in ["user:/x,1,2", "pid:1", "net:", "net"] {
      #expect(throws: (any Error).self) { try options("-J", wrong) }
    }
  }

  @Test func externalResourcesAreTaken() throws {
    let all = try options("--external", "tty[8800:1]", "--external", "mnt[]:ms", "--external", "mnt[/a]:b:c").external
    #expect(all.map(\.key) == ["tty[8800:1]", "mnt[]", "mnt[/a]"])
    #expect(all.map(\.value) == [nil, "ms", "b:c"])
    #expect(all.map(\.kind) == [.terminal, .mount, .mount])
  }

  @Test(
    arguments: [
      ([], [.floatingPoint, .instructions]), (["--cpu-cap"], [.floatingPoint, .instructions, .exact, .image]),
      (["--cpu-cap=all"], [.floatingPoint, .instructions, .exact, .image]),
      (["--cpu-cap=fpu"], [.floatingPoint, .instructions, .image]), (["--cpu-cap=none"], []),
      (["--cpu-cap=^fpu"], [.instructions, .image]), (["--cpu-cap=^fpu,cpu"], [.instructions, .exact, .image]),
      (["--cpu-cap=cpu", "--cpu-cap=none"], []), (["--cpu-cap=none", "--cpu-cap=fpu"], [.floatingPoint, .image]),
    ] as [([String], CPUCapabilities)])
  func processorCapabilitiesAreSelected(_ arguments: [String], _ expected: CPUCapabilities) throws {
    #expect(try options(arguments).cpuCapabilities == expected)
  }
}
