internal import Linux

/// The command, and what follows it on the command line.
struct Request: Sendable {
  let command: Command
  /// The action of `cpuinfo`, the descriptor of `swrk`, the program after `restore --exec-cmd`.
  let arguments: [String]

  /// - Parameter operands: The command first.
  init(_ operands: [String]) throws(Failure) {
    guard let command = Command(rawValue: operands[0]) else {
      throw Failure(
        "run the command", operands[0], .invalid,
        remedy: "There is no such command: see criu --help.")
    }
    guard command.built else {
      throw Failure(
        "run the command", operands[0], .notSupported, remedy: "It is not built yet: use another engine for it.")
    }
    self.command = command
    arguments = Array(operands.dropFirst())
  }

  /// - Throws: `EINVAL` for what the command cannot make sense of, before anything is touched.
  func checkArguments(_ options: Options) throws(Failure) {
    switch command {
    case .cpuinfo:
      guard arguments.count == 1, ["dump", "check"].contains(arguments[0]) else {
        throw wrong("cpuinfo", "Write cpuinfo dump or cpuinfo check.")
      }
    case .swrk:
      guard arguments.count == 1, let descriptor = CInt(arguments[0]), descriptor >= 0 else {
        throw wrong("swrk", "Write swrk and the number of a connected socket.")
      }
    case .restore where options.runsCommandAfterRestore:
      guard !arguments.isEmpty else { throw wrong("--exec-cmd", "Write -- and the command to run at the end.") }
    case .exec: break
    default:
      guard arguments.isEmpty else {
        throw wrong(arguments[0], "The command \(command.rawValue) takes nothing after it: leave this out.")
      }
    }
    if command == .restore, options.isSibling, !options.isDetached {
      throw wrong("--restore-sibling", "Add --restore-detached: a sibling's parent is not ours to wait for.")
    }
    if command == .dump, options.takesSnapshot, !options.leavesRunning || options.leavesStopped || options.lazyPages {
      throw wrong("--snapshot", "It serves a tree that runs on: give it with --leave-running, without --lazy-pages.")
    }
    try checkPageServer(options)
    if options.streams, !options.shardDescriptors.isEmpty {
      throw wrong("--stream and --shard-fds", "Leave one out: images go to one place.")
    }
    if command == .preDump, options.preDumpMode == .read, options.usesStream {
      throw wrong(
        "--pre-dump-mode read with a stream", "Leave it out: a stream lists pages before they are read.")
    }
    if command == .restore, !options.usesStream, options.parentImages != nil || !options.parentShardDescriptors.isEmpty {
      throw wrong("a parent of a directory", "Leave it out: the link parent in the directory says where it is.")
    }
    if command == .dump || command == .preDump, options.pid == nil {
      throw wrong(command.rawValue, "Name the root of the tree with --tree PID.")
    }
  }

  private func checkPageServer(_ options: Options) throws(Failure) {
    guard options.usesPageServer, command.set.isSubset(of: [.dump, .preDump, .lazyPages]),
      options.pageServerSocket == nil
    else { return }
    guard options.address != nil, options.port != 0 else {
      throw wrong("--page-server", "Name the page server with --address and --port, or a socket with --ps-socket.")
    }
  }

  private func wrong(_ subject: String, _ remedy: String) -> Failure {
    Failure("understand the command line", subject, .invalid, remedy: remedy)
  }
}
