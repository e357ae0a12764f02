internal import Glibc

/// What a command line program does to itself and to its terminal.

/// Whether somebody reads what is written there (isatty(3)).
public func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

/// Writes the whole text (write(2)).
///
/// - Parameter descriptor: 1 is standard output.
public func writeText(_ text: String, to descriptor: CInt = 1) throws(Failure) {
  let bytes = Array(text.utf8)
  var written = 0
  while written < bytes.count {
    written += try check(
      "print", "to descriptor \(descriptor)", remedy: "Check the disk or the program that it goes to."
    ) {
      bytes.withUnsafeBytes { bytes in
        let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        return count < 0 ? -Int(Glibc.errno) : count
      }
    }
  }
}

/// A far end that closes its pipe or socket gives us EPIPE rather than kill us (signal(7)).
public func ignoreBrokenPipes() { Glibc.signal(SIGPIPE, SIG_IGN) }

/// The path of the directory that relative paths start from (getcwd(3)).
public func currentDirectory() throws(Failure) -> String {
  guard let path = getcwd(nil, 0) else {
    throw Failure(
      "find the current directory", "of this process", Errno(Glibc.errno),
      remedy: "Change to a directory that exists and that you may read.")
  }
  defer { free(path) }
  return String(cString: path)
}

/// Makes relative paths start from `path` (chdir(2)).
public func changeDirectory(to path: String) throws(Failure) {
  try check("change to the directory", path, remedy: "Make the directory, or name another one.") {
    chdir(path) < 0 ? -Int(Glibc.errno) : 0
  }
}

/// Closes a descriptor that the user named; one that is not open is left alone.
public func closeInherited(_ descriptor: CInt) { _ = Glibc.close(descriptor) }

extension Log {
  /// A log that begins the file anew. The file is open for appending, as every process cloned from ours writes to it.
  public static func beginning(_ path: String, level: Level, trace: PhaseTrace? = nil) throws(Failure) -> Log {
    let raw = try check("make the log file", path, remedy: "Check that its directory is there and can be written to.") {
      let raw = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
      return raw < 0 ? -Int(Glibc.errno) : Int(raw)
    }
    return Log(adopting: OwnedFD(adopting: CInt(raw)), level: level, trace: trace)
  }
}

/// The arguments of this program, its name first.
///
/// - Throws: `EILSEQ` for one that is not UTF-8, since text is UTF-8 within.
public func programArguments() throws(Failure) -> [String] {
  var arguments: [String] = []
  for index in 0..<Int(CommandLine.argc) {
    guard let raw = CommandLine.unsafeArgv[index] else { continue }
    guard let text = String(validatingCString: raw) else {
      throw Failure(
        "understand the command line", "argument \(index) (\(String(cString: raw)))", Errno(EILSEQ),
        remedy: "Use names in UTF-8, or a link with such a name.")
    }
    arguments.append(text)
  }
  return arguments
}

/// Makes a standard descriptor one of /dev/null, so that nothing that is opened later gets its number.
public func replaceByNull(_ number: CInt) throws(Failure) {
  let null = OwnedFD(
    adopting: CInt(
      try check("open", "/dev/null", remedy: "Mount a /dev with its usual nodes.") {
        File.open("/dev/null", .readWrite)
      }))
  try null.borrowed().duplicate(onto: number, closeOnExec: false, "descriptor \(number)")
}
