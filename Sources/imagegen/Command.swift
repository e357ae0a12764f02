internal import Glibc

/// `imagegen [ROOT]`: reads ROOT/proto, writes the generated Swift below ROOT. A file is written only when its text
/// changes, so that a build after it stays short.
@main
enum Command {
  static func main() {
    let root = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "."
    do throws(ImageGenerator.Mistake) {
      var protos: [String: String] = [:]
      for name in try names(in: "\(root)/proto") where name.hasSuffix(".proto") {
        protos[name] = try text(of: "\(root)/proto/\(name)")
      }
      let outputs = try ImageGenerator.generate(protos)
      for folder in [ImageGenerator.valuesFolder, ImageGenerator.samplesFolder] {
        for name in try names(in: "\(root)/\(folder)")
        where name.hasSuffix(".swift") && outputs["\(folder)/\(name)"] == nil {
          unlink("\(root)/\(folder)/\(name)")
        }
      }
      for (path, text) in outputs { try write(text, to: "\(root)/\(path)") }
    } catch {
      print("imagegen: \(error)")
      exit(1)
    }
  }

  private static func names(in folder: String) throws(ImageGenerator.Mistake) -> [String] {
    guard let directory = opendir(folder) else { throw mistake(folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  private static func text(of path: String) throws(ImageGenerator.Mistake) -> String {
    guard let file = fopen(path, "r") else { throw mistake(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    guard ferror(file) == 0 else { throw mistake(path) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ text: String, to path: String) throws(ImageGenerator.Mistake) {
    if access(path, F_OK) == 0, try self.text(of: path) == text { return }
    guard let file = fopen(path, "w") else { throw mistake(path) }
    let isWhole = fputs(text, file) >= 0
    guard fclose(file) == 0, isWhole else { throw mistake(path) }
  }

  private static func mistake(_ path: String) -> ImageGenerator.Mistake {
    ImageGenerator.Mistake(description: "\(path): \(String(cString: strerror(errno)))")
  }
}
