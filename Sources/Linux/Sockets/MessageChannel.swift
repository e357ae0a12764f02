/// Messages of any length between two processes of ours, over a stream socket: a count of bytes (u64), then the bytes.
public struct MessageChannel: ~Copyable {
  private let socket: OwnedFD

  /// - Parameter socket: Connected (`makeSocketPair`).
  public init(_ socket: consuming OwnedFD) { self.socket = socket }

  public var descriptor: CInt { socket.borrowed().raw }

  /// Tells the far end that nothing comes any more.
  public func end() { _ = ifThere { () throws(Failure) in try socket.borrowed().shutDown(3, MessageChannel.subject) } }

  /// - Throws: `EPIPE` the far end is gone.
  public func send(_ message: [UInt8]) throws(Failure) {
    try send(all: withUnsafeBytes(of: UInt64(message.count)) { Array($0) })
    try send(all: message)
  }

  /// Waits for a message.
  ///
  /// - Returns: `nil` when the far end is gone.
  public func receive() throws(Failure) -> [UInt8]? {
    guard let count = try receive(byteCount: 8) else { return nil }
    return try receive(byteCount: Int(count.withUnsafeBytes { $0.load(as: UInt64.self) }))
  }

  private func send(all bytes: [UInt8]) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      sent += try check("send to", MessageChannel.subject, remedy: MessageChannel.remedy) {
        bytes.withUnsafeBytes { StreamCalls.send(descriptor, [UnsafeRawBufferPointer(rebasing: $0[sent...])]) }
      }
    }
  }

  private func receive(byteCount: Int) throws(Failure) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var received = 0
    while received < byteCount {
      let count = try check("receive from", MessageChannel.subject, remedy: MessageChannel.remedy) {
        bytes.withUnsafeMutableBytes {
          StreamCalls.receive(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[received...]))
        }
      }
      if count == 0 { return nil }
      received += count
    }
    return bytes
  }

  private static let subject = "a process of ours"
  private static let remedy = "It was killed: start again."
}
