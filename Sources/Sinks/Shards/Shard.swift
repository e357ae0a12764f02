public import Linux

/// One shard of a stream: usually a pipe; a file or a socket does as well.
public final class Shard {
  let descriptor: OwnedFD
  /// "shard 2 (descriptor 4)", with the number that the user knows.
  public let name: String
  let isPipe: Bool
  /// Bytes written, or read.
  public internal(set) var byteCount = 0
  /// Of the monotonic clock, when the end of the shard was read.
  public internal(set) var endMicroseconds: Int?

  /// - Parameters:
  ///   - number: The descriptor as the user named it.
  ///   - position: From 1, as on the command line.
  public init(adopting descriptor: consuming OwnedFD, number: CInt, position: Int) throws(Failure) {
    let name = "shard \(position) (descriptor \(number))"
    isPipe = try descriptor.borrowed().status(name).format == .fifo
    self.name = name
    self.descriptor = descriptor
  }

  /// Where it is in this process.
  public var number: CInt { borrowed.raw }

  var borrowed: BorrowedFD { descriptor.borrowed() }

  /// Makes the pipe larger; where that is not allowed it stays as it is.
  func grow(to byteCount: Int) {
    guard isPipe else { return }
    do throws(Failure) { try borrowed.setPipeCapacity(byteCount, name) } catch {}  // a limit of the user's pipes
  }

  func writeFailure(_ errno: Errno) -> Failure {
    Failure(
      "write the stream", "\(name), byte \(byteCount)", errno,
      remedy: errno == .brokenPipe
        ? "The program that reads this shard has ended: look for its error, then dump again."
        : "Make room where the shard goes, then dump again.")
  }

  func readFailure(_ errno: Errno) -> Failure {
    Failure(
      "read the stream", "\(name), byte \(byteCount)", errno,
      remedy: "Check what the shard comes from, then restore again.")
  }

  /// The stream is not as it was written.
  func damage(_ what: String) -> Failure {
    Failure(
      "read the stream", "\(name), byte \(byteCount): \(what)", .badMessage,
      remedy: "The stream is cut or damaged, or a shard is missing or of another dump: restore from a whole copy.")
  }

  static func nothingCame(_ shards: [Shard]) -> Failure {
    Failure(
      "read the stream", "\(shards.map(\.name).joined(separator: ", ")): not a byte came", .badMessage,
      remedy: "Look for the error of the program that gives it, or of the dump that should have written it.")
  }
}
