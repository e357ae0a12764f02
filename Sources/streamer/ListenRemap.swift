internal import Images
internal import Linux
internal import Streams

/// Other ports for listening TCP sockets (--tcp-listen-remap): files.img with the new ones.
enum ListenRemap {
  static let image = ImageKind.files.name()

  /// - Parameter ports: Each serves for one socket.
  /// - Throws: `ENOENT` nothing listens on an old port.
  static func apply(_ ports: [(old: UInt32, new: UInt32)], to bytes: [UInt8]) throws(Failure) -> [UInt8] {
    let (tcp, listening): (UInt32, UInt32) = (6, 10)
    let records = try RecordReader(BytesReader(bytes), kind: .files, name: image)
    let stream = BytesStream()
    let writer = RecordWriter(stream, kind: .files, name: image)
    var left = ports
    var found: [UInt32] = []
    while var entry = try records.next(FileEntry.self) {
      if var socket = entry.isk, socket.proto == tcp, socket.state == listening {
        found.append(socket.srcPort)
        if let index = left.firstIndex(where: { $0.old == socket.srcPort }) {
          socket.srcPort = left.remove(at: index).new
          entry.isk = socket
        }
      }
      try writer.write(entry)
    }
    try writer.finish()
    guard left.isEmpty else {
      throw Failure(
        "give listeners other ports", "nothing listens on \(left.map(\.old))", .noEntry,
        remedy: "Name ports of the image with --tcp-listen-remap: \(found).")
    }
    return stream.bytes
  }
}

private final class BytesStream: ImageStream {
  var bytes: [UInt8] = []

  func write(_ bytes: RawSpan) throws(Failure) { bytes.withUnsafeBytes { self.bytes += $0 } }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    throw Failure("move bytes", "files.img", .notSupported, remedy: "Report this: this image is written as bytes.")
  }

  func finish() throws(Failure) {}
}
