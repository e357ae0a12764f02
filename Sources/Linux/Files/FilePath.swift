internal import CLinux
internal import Glibc

/// A path as the kernel has it: bytes without a NUL, in no promised encoding.
public struct FilePath: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(stringLiteral text: String) { self.init(text) }

  /// For messages: what is not UTF-8 shows as U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// The path of the directory that the last component is in; "/" for "/x" and for "/".
  public var parent: FilePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return "/" }
    return FilePath(bytes[..<slash])
  }

  /// The same path with text after it.
  public func appending(_ suffix: String) -> FilePath { FilePath(bytes + Array(suffix.utf8)) }

  /// Without `suffix`, or `nil` when the path does not end in it.
  public func dropping(suffix: String) -> FilePath? {
    let tail = Array(suffix.utf8)
    guard bytes.count > tail.count, bytes.suffix(tail.count).elementsEqual(tail) else { return nil }
    return FilePath(bytes.dropLast(tail.count))
  }

  /// Runs `body` with the address of the path as a C string, which system calls take.
  func withAddress<R>(_ body: (Int) -> R) -> R {
    (bytes + [0]).withUnsafeBytes { body(Int(bitPattern: $0.baseAddress)) }
  }

  /// The text of a symbolic link (readlinkat(2)); `/proc` links give the path that they stand for.
  public func readLink(remedy: @autoclosure () -> String) throws(Failure) -> FilePath {
    var capacity = 512
    while true {
      var buffer = [UInt8](repeating: 0, count: capacity)
      let room = capacity
      let count = try check("read the link", description, remedy: remedy()) {
        withAddress { path in
          buffer.withUnsafeMutableBytes {
            systemCall(SystemCall(SYS_readlinkat), -100, path, Int(bitPattern: $0.baseAddress), room)
          }
        }
      }
      if count < capacity { return FilePath(buffer[..<count]) }
      capacity *= 4
    }
  }
}
