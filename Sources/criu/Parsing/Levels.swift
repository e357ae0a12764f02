internal import Linux

/// The five levels of settings, weakest first: the system's file, the user's, that of CRIU_CONFIG_FILE, that of
/// --config, and the command line. What comes later prevails, and lists grow.
struct Levels {
  /// What the levels are read from; a test has its own.
  struct Surroundings {
    var systemFile = "/etc/criu/default.conf"
    /// HOME and CRIU_CONFIG_FILE are looked up in it.
    var environment: @Sendable (String) -> String? = { environmentVariable($0) }
    /// The text of a file, or `nil` where there is none.
    var contents: @Sendable (String) throws(Failure) -> String? = { path throws(Failure) in
      try textOfFile(path, ifPresent: true)
    }
  }

  private(set) var settings: [Setting] = []
  /// What is to be said once there is a log.
  private(set) var warnings: [String] = []

  /// - Parameter commandLine: The settings of the command line, or those of RPC.
  init(_ commandLine: [Setting], in surroundings: Surroundings) throws(Failure) {
    // These two decide what is read, so they only count on the command line.
    let named = commandLine.last { $0.option.name == "config" }?.occurrence.value
    let skipsDefaults = named != nil || commandLine.contains { $0.option.name == "no-default-config" }
    if !skipsDefaults {
      try read(surroundings.systemFile, isNamed: false, surroundings)
      if let home = surroundings.environment("HOME") {
        try read(home + "/.criu/default.conf", isNamed: false, surroundings)
      }
    }
    if let path = surroundings.environment("CRIU_CONFIG_FILE"), !path.isEmpty {
      try read(path, isNamed: true, surroundings)
    }
    if let named { try read(named, isNamed: true, surroundings) }
    settings += commandLine
  }

  private mutating func read(_ path: String, isNamed: Bool, _ surroundings: Surroundings) throws(Failure) {
    let found: String?
    do throws(Failure) { found = try surroundings.contents(path) } catch {
      // HOME may be another user's still, as after setpriv(1).
      guard !isNamed, error.errno == .accessDenied else { throw error }
      warnings.append("The configuration file \(path) cannot be read, and is not used")
      return
    }
    guard let text = found else {
      if isNamed { warnings.append("There is no configuration file \(path)") }
      return
    }
    let file = try ConfigFile.parse(text, name: path)
    settings += file.settings
    warnings += file.warnings
  }
}
