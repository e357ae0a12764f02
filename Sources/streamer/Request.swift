internal import Linux
internal import Sinks
internal import Streams

/// What the command line asks for: the options of criu-image-streamer 1.0.0.
struct Request {
  enum Action: String { case capture, serve, extract, help, version }

  var action = Action.help
  var directory = ""
  /// `nil`: stdout for a capture, stdin else.
  var shardNumbers: [CInt]?
  var external: [(name: ImageName, number: CInt)] = []
  var progressNumber: CInt = 2
  var remappedPorts: [(old: UInt32, new: UInt32)] = []

  private static let patterns: [OptionScanner.Pattern] = [
    .init(name: "images-dir", short: "D", value: .required), .init(name: "shard-fds", short: "s", value: .required),
    .init(name: "ext-file-fds", short: "e", value: .required),
    .init(name: "progress-fd", short: "p", value: .required),
    .init(name: "tcp-listen-remap", short: nil, value: .required), .init(name: "help", short: "h", value: .none),
    .init(name: "version", short: "V", value: .none),
  ]

  static let usage = """
    Usage: criu-image-streamer [OPTION ...] --images-dir DIR capture|serve|extract

    Carry the images of criu between its sockets in DIR and a stream.

      capture   Take the images of criu dump --stream into shards
      serve     Give criu restore --stream the images of shards, as they come
      extract   Write the images of shards into DIR

      -D, --images-dir DIR            Where the sockets are, or the images go
      -s, --shard-fds FD[,FD...]      The shards; stdout or stdin by default
      -e, --ext-file-fds NAME:FD[,...]
                                      Pipes of further files of the stream
      -p, --progress-fd FD            Where progress is told; stderr by default
          --tcp-listen-remap OLD:NEW[,...]
                                      Ports that restored listeners get (serve)
      -h, --help
      -V, --version

    """

  /// - Parameter arguments: With the program's name first.
  init(_ arguments: [String]) throws(Failure) {
    let scanned = OptionScanner.scan(arguments, for: Request.patterns)
    for found in scanned.options {
      guard case .option(let index, let value, _) = found else { throw Request.wrong("\(found)", "See --help.") }
      switch Request.patterns[index].name {
      case "images-dir": directory = value ?? ""
      case "shard-fds":
        shardNumbers = (shardNumbers ?? []) + (try Request.list(value ?? "") { (item) throws(Failure) in try Request.number(item) })
      case "ext-file-fds":
        external += try Request.list(value ?? "") { (item) throws(Failure) in
          let (name, number) = try Request.pair(item)
          guard let name = ImageName(name) else { throw Request.wrong(item, "NAME is a plain file name.") }
          return (name, try Request.number(number))
        }
      case "progress-fd": progressNumber = try Request.number(value ?? "")
      case "tcp-listen-remap":
        remappedPorts += try Request.list(value ?? "") { (item) throws(Failure) in
          let (old, new) = try Request.pair(item)
          guard let old = UInt16(old), let new = UInt16(new) else { throw Request.wrong(item, "Ports are 0 to 65535.") }
          return (UInt32(old), UInt32(new))
        }
      case "help":
        action = .help
        return
      default:
        action = .version
        return
      }
    }
    guard scanned.operands.count == 1, let action = Action(rawValue: scanned.operands[0]), action != .help,
      action != .version
    else { throw Request.wrong("\(scanned.operands)", "Write one of capture, serve and extract. See --help.") }
    self.action = action
    guard !directory.isEmpty else { throw Request.wrong("no --images-dir", "Name the directory with --images-dir.") }
    guard remappedPorts.isEmpty || action == .serve else {
      throw Request.wrong("--tcp-listen-remap with \(action)", "It is for serve alone.")
    }
  }

  // MARK: Descriptors

  /// The shards, as descriptors of our own.
  func shards() throws(Failure) -> [Shard] {
    let numbers = shardNumbers ?? [action == .capture ? 1 : 0]
    guard !numbers.isEmpty, Set(numbers).count == numbers.count else {
      throw Request.wrong("--shard-fds \(numbers)", "Name each descriptor once.")
    }
    var shards: [Shard] = []
    for (index, number) in numbers.enumerated() {
      let taken = try takeDescriptor(number, as: "shard \(index + 1)", for: action == .capture ? .writing : .reading)
      shards.append(try Shard(adopting: taken, number: number, position: index + 1))
    }
    return shards
  }

  func externalFiles() throws(Failure) -> [ExternalFile] {
    var files: [ExternalFile] = []
    for (name, number) in external {
      let pipe = try takeDescriptor(number, as: name.description, for: action == .capture ? .reading : .writing)
      guard try pipe.borrowed().status("descriptor \(number)").format == .fifo else {
        throw Request.wrong("descriptor \(number) of \(name)", "Give it a pipe.")
      }
      files.append(ExternalFile(name, adopting: pipe))
    }
    return files
  }

  // MARK: Values

  private static func list<T>(_ text: String, _ one: (String) throws(Failure) -> T) throws(Failure) -> [T] {
    var result: [T] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) { result.append(try one(String(item))) }
    return result
  }

  private static func number(_ text: String) throws(Failure) -> CInt {
    guard let number = CInt(text), number >= 0 else { throw wrong(text, "Give the number of a descriptor.") }
    return number
  }

  private static func pair(_ text: String) throws(Failure) -> (String, String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { throw wrong(text, "Write two values with a colon between.") }
    return (parts[0], parts[1])
  }

  private static func wrong(_ subject: String, _ remedy: String) -> Failure {
    Failure("understand the command line", subject, .invalid, remedy: remedy)
  }
}
