public import Linux

/// The user's programs that run at the stages of a dump or a restore (criu(8), --action-script).
///
/// Each is a command for /bin/sh, run in the work directory, and finds in its environment: CRTOOLS_SCRIPT_ACTION, the
/// stage; CRTOOLS_IMAGE_DIR, the images directory; CRTOOLS_INIT_PID, the root task's pid where there is one.
public struct ActionScripts: Sendable {
  /// The same names go to RPC clients as notifications.
  public enum Stage: String, Sendable, CaseIterable {
    case preStream = "pre-stream"
    case preDump = "pre-dump"
    case postDump = "post-dump"
    case preRestore = "pre-restore"
    case postRestore = "post-restore"
    case networkLock = "network-lock"
    case networkUnlock = "network-unlock"
    case setupNamespaces = "setup-namespaces"
    case postSetupNamespaces = "post-setup-namespaces"
    case preResume = "pre-resume"
    case postResume = "post-resume"
    case orphanTerminalMaster = "orphan-pts-master"
    case statusReady = "status-ready"
    case queryExternalFiles = "query-ext-files"

    /// Answered with what a program cannot give: a descriptor, a list.
    var isForRequestsOnly: Bool { self == .orphanTerminalMaster || self == .queryExternalFiles }
  }

  private let scripts: [String]
  private let imagesDirectory: String

  public init(_ scripts: [String], imagesDirectory: String) {
    self.scripts = scripts
    self.imagesDirectory = imagesDirectory
  }

  /// Runs every script, one after the other, also when one fails.
  ///
  /// - Parameter rootPid: As the engine's own pid namespace sees it.
  /// - Throws: What the first that failed left: `ECANCELED`.
  public func run(_ stage: Stage, rootPid: Int32? = nil, log: Log) throws(Failure) {
    guard !stage.isForRequestsOnly else { return }
    var variables = ["CRTOOLS_SCRIPT_ACTION": stage.rawValue, "CRTOOLS_IMAGE_DIR": imagesDirectory]
    if let rootPid { variables["CRTOOLS_INIT_PID"] = "\(rootPid)" }
    var failed: Failure?
    for script in scripts {
      log.info("Running \(stage.rawValue) script \(script)")
      let status = try runProgram("/bin/sh", ["sh", "-c", script], added: variables)
      guard status != .exited(0) else { continue }
      failed =
        failed
        ?? Failure(
          "go on after the action script", "\(script) at \(stage.rawValue) (\(status))", .canceled,
          remedy: "The script refused by its exit status: see what it printed.")
    }
    if let failed { throw failed }
  }
}
