internal import Linux

/// One run of the program: what it is asked, and its exit status.
enum Invocation {
  /// - Returns: 0 when all was done; 1 when not, with the reason in the log.
  static func run() -> CInt {
    becomeDumpable()
    // Until the user's log is open, and after what went wrong with opening it.
    let early = Log(level: .warning)
    do throws(Failure) {
      let arguments = try ArgumentParser.parse(try programArguments())
      let isAsked = Set(arguments.settings.map(\.option.name))
      if isAsked.contains("help") { return try finish(Usage.text) }
      if isAsked.contains("version") { return try finish(Usage.version) }
      guard !arguments.operands.isEmpty else {
        try writeText(Usage.short, to: 2)
        return 1
      }
      let request = try Request(arguments.operands)
      let levels = try Levels(arguments.settings, in: Levels.Surroundings())
      let options = try Options(levels.settings, for: request.command)
      if options.wantsHelp { return try finish(Usage.text) }
      if options.wantsVersion { return try finish(Usage.version) }
      return try start(request, options, warnings: levels.warnings)
    } catch {
      early.error(error)
      return 1
    }
  }

  private static func start(_ request: Request, _ options: Options, warnings: [String]) throws(Failure) -> CInt {
    try request.checkArguments(options)
    let session = try Session(options, for: request.command)
    for warning in warnings { session.log.warning(warning) }
    do throws(Failure) {
      return try perform(request, session)
    } catch {
      session.log.error(error)
      return 1
    }
  }

  private static func perform(_ request: Request, _ session: Session) throws(Failure) -> CInt {
    switch request.command {
    case .check: return try Check.run(session)
    case .cpuinfo: return try ProcessorCommand.run(request.arguments[0], session)
    case .dump:
      try session.dump(pid: session.options.pid!)  // checked by `Request`
      return 0
    case .preDump:
      try session.preDump(pid: session.options.pid!)  // checked by `Request`
      return 0
    case .restore: return try session.restore(thenRun: request.arguments)
    case .pageServer: return try session.servePages()
    case .lazyPages: return try session.serveLazily()
    case .checkImages: return try session.checkImages()
    case .dedup:
      try session.deduplicate()
      return 0
    case .unpack:
      try session.unpack()
      return 0
    case .exec:
      throw Failure(
        "run a system call in another process", "exec", .notSupported,
        remedy: "This command is deprecated: use the Compel library.")
    default:
      throw Failure(
        "run the command", request.command.rawValue, .notSupported,
        remedy: "It is not built yet: use another engine for it.")
    }
  }

  private static func finish(_ text: String) throws(Failure) -> CInt {
    try writeText(text)
    return 0
  }
}
