/// Writes Sources/Images/Generated and Tests/ImagesTests/Generated from the text of proto/*.proto.
enum ImageGenerator {
  static let valuesFolder = "Sources/Images/Generated"
  static let samplesFolder = "Tests/ImagesTests/Generated"

  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameter protos: Text by file name, `core.proto`.
  /// - Returns: Text by path, from the root of the project.
  static func generate(_ protos: [String: String]) throws(Mistake) -> [String: String] {
    var schema = Schema()
    var outputs: [String: String] = [:]
    do {
      for (name, text) in protos.sorted(by: { $0.key < $1.key }) {
        schema.add(try SchemaParser.parse(text, file: name))
      }
      for file in schema.files {
        let base = file.name.split(separator: ".")[0].split(separator: "-").map { Names.type(String($0)) }.joined()
        outputs["\(valuesFolder)/\(base).swift"] = try SwiftWriter.values(of: file, in: schema)
        outputs["\(samplesFolder)/\(base)+Sample.swift"] = try SwiftWriter.samples(of: file, in: schema)
      }
    } catch {
      throw Mistake(description: "\(error)")
    }
    outputs["\(samplesFolder)/EveryMessage.swift"] = SwiftWriter.sampleList(of: schema)
    return outputs
  }
}
