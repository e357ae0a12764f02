internal import Engine
internal import Linux
internal import Sinks

/// A command at work: its options, its directories and its log.
struct Session {
  let options: Options
  /// Absolute.
  let imagesDirectory: String
  /// Absolute; also where the process is now, so that log and pid files, and scripts, start from it.
  let workDirectory: String
  let log: Log
  /// CRIU_FAULT of the environment.
  let fault: Fault?
  /// Where `--shard-fds` are now.
  let shards: MovedShards
  /// Where those of `--prev-shard-fds` are, a list a set.
  let parentShards: [MovedShards]

  /// - Parameter command: What the options are for.
  init(_ options: Options, for command: Command) throws(Failure) {
    self.options = options
    for descriptor in options.closedDescriptors { closeInherited(descriptor) }
    // First of all: no script's output, no statistics and no log may end in a stream.
    shards = try MovedShards(options.shardDescriptors, for: command == .dump || command == .preDump ? .writing : .reading)
    var parents: [MovedShards] = []
    for descriptors in options.parentShardDescriptors { parents.append(try MovedShards(descriptors, for: .reading)) }
    parentShards = parents
    let start = try currentDirectory()
    imagesDirectory = absolute(options.imagesDirectory, from: start)
    workDirectory = absolute(options.workDirectory ?? options.imagesDirectory, from: start)
    try changeDirectory(to: workDirectory)
    let trace: PhaseTrace? =
      if let path = options.traceFile { try PhaseTrace(writingTo: absolute(path, from: workDirectory)) } else { nil }
    let level = Log.Level(rawValue: min(options.verbosity, Log.Level.debug.rawValue)) ?? .debug
    log =
      if let logFile = options.logFile {
        try Log.beginning(absolute(logFile, from: workDirectory), level: level, trace: trace)
      } else {
        Log(level: level, trace: trace)
      }
    fault = try Session.faultOfEnvironment()
    if let fault { log.warning("A fault is injected: CRIU_FAULT=\(fault.rawValue), \(fault)") }
  }

  private static func faultOfEnvironment() throws(Failure) -> Fault? {
    guard let text = environmentVariable("CRIU_FAULT"), !text.isEmpty else { return nil }
    guard let fault = Int(text).flatMap(Fault.init) else {
      throw Failure(
        "inject the fault", "CRIU_FAULT=\(text)", .invalid, remedy: "Unset CRIU_FAULT, which only tests need.")
    }
    return fault
  }

  /// What the engine is told of a dump. `Request.checkArguments` has seen that there is a pid.
  func dumpOptions(pid: Int32) -> DumpOptions {
    var dump = DumpOptions(pid: pid, imagesDirectory: imagesDirectory, workDirectory: workDirectory)
    dump.finalState = options.leavesStopped ? .stopped : options.leavesRunning ? .running : .killed
    dump.isShellJob = options.isShellJob
    dump.timeoutSeconds = options.timeoutSeconds
    dump.freezerCgroup = options.freezerCgroup
    // Spliced pages stay the program's own until the stream's reader has them: of one that runs on they are copied.
    dump.memoryRead = options.usesStream && dump.finalState != .killed ? .readv : options.memoryRead
    dump.takesSnapshot = options.takesSnapshot
    dump.leavesLazyPages = options.lazyPages
    dump.tracksMemory = options.tracksMemory
    dump.ghostLimitByteCount = options.ghostLimitByteCount
    dump.ghostFilesByFiemap = options.ghostFilesByFiemap
    dump.fileLocks = options.fileLocks
    dump.linkRemap = options.linkRemap
    dump.evasiveDevices = options.evasiveDevices
    dump.forcesInodeMap = options.forcesInodeMap
    dump.inodeMapPaths = options.inodeMapPaths
    dump.fileValidation = options.fileValidation
    dump.sockets = options.sockets
    dump.external = options.external
    dump.cgroups = cgroupOptions
    dump.cpuCapabilities = options.cpuCapabilities
    dump.actionScripts = options.actionScripts
    dump.fault = fault
    return dump
  }

  private var cgroupOptions: CgroupOptions {
    var cgroups = options.cgroups
    cgroups.yard = cgroups.yard.map { absolute($0, from: workDirectory) }
    cgroups.propertiesFile = cgroups.propertiesFile.map { absolute($0, from: workDirectory) }
    return cgroups
  }

  /// What the engine is told of a restore.
  func restoreOptions() -> RestoreOptions {
    var restore = RestoreOptions(imagesDirectory: imagesDirectory, workDirectory: workDirectory)
    restore.attachment = options.isSibling ? .sibling : options.isDetached ? .detached : .child
    restore.leavesStopped = options.leavesStopped
    restore.isShellJob = options.isShellJob
    restore.pidFile = options.pidFile.map { absolute($0, from: workDirectory) }
    restore.logsPerTask = options.logsPerTask
    restore.logFile = options.logFile.map { absolute($0, from: workDirectory) }
    restore.lazyPages = options.lazyPages
    restore.fileLocks = options.fileLocks
    restore.fileValidation = options.fileValidation
    restore.skipsFileModeCheck = options.skipsFileModeCheck
    restore.inherited = options.inherited
    restore.sockets = options.sockets
    restore.external = options.external
    restore.joinedNamespaces = options.joinedNamespaces.map {
      RestoreOptions.JoinedNamespace(
        kind: $0.kind, pid: Int32($0.target), path: absolute($0.target, from: workDirectory))
    }
    restore.cgroups = cgroupOptions
    restore.cpuCapabilities = options.cpuCapabilities
    restore.actionScripts = options.actionScripts
    restore.fault = fault
    return restore
  }
}

private func absolute(_ path: String, from directory: String) -> String {
  path.hasPrefix("/") ? path : path == "." ? directory : "\(directory)/\(path)"
}
