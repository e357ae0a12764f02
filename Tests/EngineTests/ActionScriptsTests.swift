import Engine
import Foundation
import Glibc
import Linux
import Testing

/// Runs scripts that print into one file, at one stage.
///
/// - Returns: The lines that they printed.
private func printed(
  by scripts: [String], at stage: ActionScripts.Stage = .preDump, rootPid: Int32? = nil
) throws -> [String] {
  let file = FileManager.default.temporaryDirectory.appending(path: "scripts-\(UUID())")
  try Data().write(to: file)
  defer { unlink(file.path) }
  let redirected = scripts.map { "{ \($0); } >> \(file.path)" }
  try ActionScripts(redirected, imagesDirectory: "/im ages").run(stage, rootPid: rootPid, log: Log(level: .message))
  return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
}

@Test func aScriptFindsTheStageTheImagesAndTheRootInItsEnvironment() throws {
  let script = "echo $CRTOOLS_SCRIPT_ACTION; echo $CRTOOLS_IMAGE_DIR; echo ${CRTOOLS_INIT_PID-none}"
  #expect(try printed(by: [script]) == ["pre-dump", "/im ages", "none"])
  #expect(try printed(by: [script], at: .postSetupNamespaces, rootPid: 77).suffix(1) == ["77"])
}

@Test func scriptsRunInOrderWithOurEnvironment() throws {
  #expect(try printed(by: ["echo 1", "echo ${PATH:+2}", "echo 3"]) == ["1", "2", "3"])
}

@Test(arguments: [ActionScripts.Stage.orphanTerminalMaster, .queryExternalFiles])
func stagesForClientsRunNoScript(_ stage: ActionScripts.Stage) throws {
  #expect(try printed(by: ["echo x"], at: stage) == [])
}

@Test func aScriptDiesOfABrokenPipeThoughWeDoNot() throws {
  ignoreBrokenPipes()
  let ignored = try #require(try printed(by: ["grep SigIgn /proc/self/status"]).first)
  let mask = try #require(UInt64(ignored.split(separator: "\t")[1], radix: 16))
  #expect(mask & (1 << (13 - 1)) == 0)
}

@Test(arguments: [
  ("exit 3", "exit status 3"), ("kill -9 $$", "killed by signal 9"), ("/nonexistent", "exit status 127"),
])
func aScriptThatFailsIsNamedWithItsStageAndStatus(_ script: String, _ status: String) throws {
  let scripts = ActionScripts([script, "true"], imagesDirectory: "/")
  let failure = #expect(throws: Failure.self) {
    try scripts.run(.postRestore, log: Log(level: .message))
  }
  let subject = try #require(failure?.subject)
  #expect(subject.hasPrefix(script) && subject.contains("post-restore") && subject.contains(status))
}

@Test func aScriptThatFailsDoesNotKeepTheNextFromRunning() throws {
  let file = FileManager.default.temporaryDirectory.appending(path: "scripts-\(UUID())")
  let scripts = ActionScripts(["false", "echo ran > \(file.path)"], imagesDirectory: "/")
  #expect(throws: Failure.self) { try scripts.run(.preRestore, log: Log(level: .message)) }
  #expect(FileManager.default.fileExists(atPath: file.path))
  try FileManager.default.removeItem(at: file)
}
