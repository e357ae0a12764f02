internal import Linux

/// Options of every command.
let commonOptions: [CommandOption] = [
  CommandOption(
    "verbosity", short: "v", .optional("LEVEL"), for: .all, rpc: 9,
    help: """
      How much to log: 0 nothing, 1 errors, 2 warnings too (the default), 3 information and times, 4 everything. \
      -v and each further v raise it by one, -v4 sets it.
      """
  ) { options, it in options.verbosity = verbosity(it.value, from: options.verbosity) },
  CommandOption(
    "log-file", short: "o", .required("FILE"), for: .all, rpc: 10,
    help: "Log to FILE in the work directory rather than to stderr."
  ) { options, it in options.logFile = it.value },
  CommandOption(
    "log-pid", for: .restore, negatable: true,
    help: "Each restored task logs to a file of its own: that of --log-file with .PID after it."
  ) { options, it in options.logsPerTask = it.isOn },
  CommandOption(
    "images-dir", short: "D", .required("DIR"), for: .all, rpc: 68,
    help: "Where the images are, or go. The current directory by default."
  ) { options, it in options.imagesDirectory = it.value ?? "." },
  CommandOption(
    "work-dir", short: "W", .required("DIR"), for: .all, rpc: 17,
    help: "Where logs, pid files and statistics go. The images directory by default."
  ) { options, it in options.workDirectory = it.value },
  CommandOption(
    "pidfile", .required("FILE"), for: [.restore, .pageServer, .lazyPages, .service],
    help: "Write the pid of the restored root task, or of the server, to FILE."
  ) { options, it in options.pidFile = it.value },
  CommandOption(
    "close", .required("FD"), for: .all,
    help: "Close descriptor FD first of all. May be repeated."
  ) { options, it throws(Failure) in options.closedDescriptors.append(try descriptor(it)) },
  CommandOption(
    "action-script", .required("FILE"), for: [.dump, .preDump, .restore, .pageServer, .service],
    help: "Run FILE at every stage; it finds the stage in CRTOOLS_SCRIPT_ACTION. May be repeated."
  ) { options, it in options.actionScripts.append(it.value ?? "") },
  CommandOption(
    "display-stats", for: [.dump, .preDump, .restore], negatable: true, rpc: 70,
    help: "Print the statistics of a dump or restore when it is done."
  ) { options, it in options.showsStatistics = it.isOn },
  CommandOption(
    "trace", .required("FILE"), for: [.dump, .preDump, .restore], own: true,
    help: "Write the phases of a dump or restore to FILE, in the Chrome trace format."
  ) { options, it in options.traceFile = it.value },
  CommandOption(
    "libdir", short: "L", .required("DIR"), for: [.dump, .preDump, .restore],
    built: false, lacking: "plugins cannot be loaded yet",
    help: "Where plugins are."
  ) { options, it in options.pluginDirectory = it.value },
  CommandOption(
    "unprivileged", for: .all, negatable: true, rpc: 67,
    help: "Run with the capabilities there are; what needs more fails where it is tried."
  ) { options, it in options.unprivileged = it.isOn },
  CommandOption(
    "status-fd", .required("FD"), for: [.dump, .pageServer, .lazyPages, .service], rpc: 49,
    help: "Write a zero byte to FD, and close it, once requests are taken."
  ) { options, it throws(Failure) in options.statusDescriptor = try descriptor(it) },
  CommandOption(
    "daemon", for: [.pageServer, .lazyPages, .service], negatable: true,
    help: "Serve in the background."
  ) { options, it in options.isDaemon = it.isOn },
  CommandOption(
    "config", .required("FILE"), for: .all, rpc: 51,
    help: """
      Read options from FILE, one a line without the dashes, in place of /etc/criu/default.conf and \
      ~/.criu/default.conf. What the command line says prevails.
      """
  ) { options, it in options.configFile = it.value },
  CommandOption(
    "no-default-config", for: .all,
    help: "Read neither /etc/criu/default.conf nor ~/.criu/default.conf."
  ) { options, _ in options.noDefaultConfig = true },
  CommandOption(
    "deprecated", for: .all, negatable: true,
    help: "Allow deprecated options. CRIU_DEPRECATED in the environment does so too."
  ) { options, it in options.allowsDeprecated = it.isOn },
  CommandOption("help", short: "h", for: .all, help: "Print this text.") { options, _ in options.wantsHelp = true },
  CommandOption("version", short: "V", for: .all, help: "Print the version.") { options, _ in
    options.wantsVersion = true
  },
]

/// The level after one more -v: with a text of letters v each raises it too, with digits it is set. What is neither is
/// 0, since tools in use write `-verbosity=0`, which is -v with the value "erbosity=0".
private func verbosity(_ value: String?, from level: Int) -> Int {
  guard let value, let first = value.first else { return level + 1 }
  if first == "v" { return level + 1 + value.prefix { $0 == "v" }.count }
  return Int(value.prefix { $0.isASCII && $0.isNumber }) ?? 0
}
