import Engine
import Linux
import Testing

@testable import criu

/// Files and variables of a machine that is only thought of.
private func surroundings(_ files: [String: String]) -> Levels.Surroundings {
  let variables = ["HOME": "/home/u", "CRIU_CONFIG_FILE": "/env.conf"]
  return Levels.Surroundings(environment: { variables[$0] }, contents: { path throws(Failure) in files[path] })
}

private let systemFile = "/etc/criu/default.conf"
private let homeFile = "/home/u/.criu/default.conf"
private let files = [
  systemFile: "log-file system\naction-script 1", homeFile: "log-file home\naction-script 2",
  "/env.conf": "log-file env\naction-script 3", "/named.conf": "log-file named\naction-script 4",
]

private func read(_ arguments: [String], _ files: [String: String]) throws(Failure) -> Options {
  let parsed = try ArgumentParser.parse(["criu"] + arguments)
  return try Options(try Levels(parsed.settings, in: surroundings(files)).settings, for: .dump)
}

extension ParsingTests {
  @Test func aLaterLevelPrevailsAndListsGrow() throws {
    var left = files
    #expect(try read(["-o", "cli", "--action-script", "5"], left).logFile == "cli")
    #expect(try read(["-o", "cli", "--action-script", "5"], left).actionScripts == ["1", "2", "3", "5"])
    #expect(try read([], left).logFile == "env")
    left["/env.conf"] = nil
    #expect(try read([], left).logFile == "home")
    left[homeFile] = nil
    #expect(try read([], left).logFile == "system")
    left[systemFile] = nil
    #expect(try read([], left).logFile == nil)
  }

  @Test func aNamedFileTakesThePlaceOfTheDefaultsButNotOfTheEnvironments() throws {
    #expect(try read(["--config", "/named.conf"], files).actionScripts == ["3", "4"])
    #expect(try read(["--config", "/named.conf"], files).logFile == "named")
    #expect(try read(["--config", "/named.conf", "-o", "cli"], files).logFile == "cli")
  }

  @Test func withoutDefaultFilesTheEnvironmentsIsStillRead() throws {
    #expect(try read(["--no-default-config"], files).actionScripts == ["3"])
  }

  @Test func aNegatedOptionTakesBackWhatAFileSays() throws {
    let one = [systemFile: "shell-job\nstream"]
    #expect(try read(["--no-stream"], one).isShellJob)
    #expect(try read(["--no-shell-job", "--no-stream"], one).isShellJob == false)
  }

  @Test func anOptionOfAFileThatIsNotBuiltIsRefusedWithItsPlace() throws {
    let refused = try failure { () throws(Failure) in _ = try read([], [systemFile: "shell-job\nlibdir /plugins"]) }
    #expect(refused.subject == "--libdir /plugins" && refused.summary.contains("\(systemFile) line 2"))
  }

  @Test func aNamedFileThatIsNotThereIsSaid() throws {
    let parsed = try ArgumentParser.parse(["criu", "--config", "/none"])
    #expect(
      try Levels(parsed.settings, in: surroundings(["/env.conf": ""])).warnings == [
        "There is no configuration file /none"
      ])
  }

  @Test func aDefaultFileThatMayNotBeReadIsSaidAndANamedOneRefused() throws {
    let hidden = Levels.Surroundings(environment: { $0 == "HOME" ? "/home/u" : nil }) { path throws(Failure) in
      guard path == homeFile else { return nil }
      throw Failure("open the file", path, Errno.accessDenied, remedy: "")
    }
    #expect(try Levels([], in: hidden).warnings == ["The configuration file \(homeFile) cannot be read, and is not used"])
    let named = try ArgumentParser.parse(["criu", "--config", homeFile]).settings
    #expect(throws: Failure.self) { try Levels(named, in: hidden) }
  }

  @Test func aConfigLineWithinAFileReadsNothing() throws {
    #expect(try read([], [systemFile: "config /named.conf", "/named.conf": "log-file x"]).logFile == nil)
  }
}
