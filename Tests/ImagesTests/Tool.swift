import Foundation
import Testing

/// Programs of other projects that our bytes are compared with.
enum Tool {
  static func isThere(_ name: String) -> Bool { path(name) != nil }

  static func path(_ name: String) -> String? {
    ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/"].map { $0 + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// - Returns: The program's output; an exit status that is not 0 is an error of the test.
  static func run(_ name: String, _ arguments: [String], input: Data = Data()) throws -> Data {
    try withScratchFolder { folder in
      try run(try #require(path(name)), arguments, input, scratch: folder.appending(path: "input"))
    }
  }

  private static func run(_ path: String, _ arguments: [String], _ input: Data, scratch: URL) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    try input.write(to: scratch)
    process.standardInput = try FileHandle(forReadingFrom: scratch)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(path) \(arguments)")
    return bytes
  }

  static func withScratchFolder<R>(_ body: (URL) throws -> R) throws -> R {
    let folder = URL.temporaryDirectory.appending(path: "images-tests-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = Result { try body(folder) }
    try FileManager.default.removeItem(at: folder)
    return try result.get()
  }
}
