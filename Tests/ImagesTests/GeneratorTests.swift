import Foundation
import Testing

@testable import imagegen

@Suite struct GeneratorTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func protos() throws -> [String: String] {
    let folder = root.appending(path: "proto")
    var protos: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".proto") {
      protos[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
    return protos
  }

  @Test func committedSwiftIsWhatTheSchemaGives() throws {
    let outputs = try ImageGenerator.generate(try Self.protos())
    for (path, text) in outputs {
      let committed = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      #expect(committed == text, "\(path) is stale: run make images")
    }
    for folder in [ImageGenerator.valuesFolder, ImageGenerator.samplesFolder] {
      for name in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path) {
        #expect(outputs["\(folder)/\(name)"] != nil, "\(folder)/\(name) has no source: run make images")
      }
    }
  }

  @Test(.enabled(if: Tool.isThere("protoc-c"), "needs protoc-c"))
  func committedCIsWhatTheSchemaGives() throws {
    try Tool.withScratchFolder { folder in try expectCommittedC(folder) }
  }

  private func expectCommittedC(_ folder: URL) throws {
    let names = try Self.protos().keys.sorted()
    _ = try Tool.run(
      "protoc-c", ["--proto_path=\(Self.root.path)/proto", "--c_out=\(folder.path)"] + names)
    for name in names {
      let base = name.dropLast(".proto".count)
      for (made, committed) in [("\(base).pb-c.c", ""), ("\(base).pb-c.h", "include/")] {
        let there = Self.root.appending(path: "Sources/CImages/\(committed)\(made)")
        #expect(
          try Data(contentsOf: folder.appending(path: made)) == Data(contentsOf: there),
          "\(made) is stale: run make images")
      }
    }
  }

  @Test(arguments: [
    "syntax = \"proto3\";", "message a {\n  optional int32 b;\n}", "message a {\n  oneof b {\n", "message a {",
    "message a {\n  optional nothing b = 1;\n}", "enum a {\n  B = x;\n}",
  ])
  func whatTheGeneratorDoesNotUnderstandIsRefused(_ text: String) {
    #expect(throws: ImageGenerator.Mistake.self) { try ImageGenerator.generate(["a.proto": text]) }
  }
}
