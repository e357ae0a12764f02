import Foundation
import Testing

/// The criu of this build, run as a user would.
struct Program {
  let status: Int32
  let output: String
  let errors: String

  /// Next to the tests themselves.
  static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "criu").path

  static func criu(_ arguments: String..., in directory: URL? = nil) throws -> Program {
    try run(path, arguments, in: directory)
  }

  static func run(_ path: String, _ arguments: [String], in directory: URL? = nil) throws -> Program {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    let output = Pipe(), errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let errorText = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Program(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: errorText, as: UTF8.self))
  }
}

func withScratchDirectory<R>(_ body: (URL) throws -> R) throws -> R {
  let directory = URL.temporaryDirectory.appending(path: "command-tests-\(UUID())")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  let result = Result { try body(directory) }
  try FileManager.default.removeItem(at: directory)
  return try result.get()
}
