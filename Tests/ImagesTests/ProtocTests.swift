import Foundation
import Images
import Testing

/// What we encode is what Google's own implementation understands, field by field.
@Suite(.enabled(if: Tool.isThere("protoc"), "needs protoc"))
struct ProtocTests {
  private static let protoFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "proto").path

  @Test(arguments: everyMessage.indices)
  func protocReadsEveryFieldAndWritesTheSameBytes(_ index: Int) throws {
    try compare(everyMessage[index])
  }

  private func compare<M: SampledMessage>(_ type: M.Type) throws {
    var sampler = Sampler(seed: 11, .everyField)
    let bytes = Data(M(sampling: &sampler).encoded())
    let text = try Tool.run(
      "protoc", ["--proto_path=\(Self.protoFolder)", "--decode=\(M.name)", M.protoFile], input: bytes)
    let again = try Tool.run(
      "protoc", ["--proto_path=\(Self.protoFolder)", "--encode=\(M.name)", M.protoFile], input: text)
    #expect(again == bytes)
    // A field that protoc does not know is shown by its number.
    let isNumbered = String(decoding: text, as: UTF8.self).split(separator: "\n")
      .contains { $0.drop { $0 == " " }.first?.isNumber == true }
    #expect(!isNumbered)
  }

  @Test func protocShowsTheValuesThatWeSet() throws {
    let entry = FdinfoEntry {
      $0.id = 7
      $0.type = .pipe
      $0.fd = 1
    }
    let text = try Tool.run(
      "protoc", ["--proto_path=\(Self.protoFolder)", "--decode=fdinfo_entry", "fdinfo.proto"],
      input: Data(entry.encoded()))
    #expect(String(decoding: text, as: UTF8.self) == "id: 7\nflags: 0\ntype: PIPE\nfd: 1\n")
  }
}
