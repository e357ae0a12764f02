public import Linux
public import Streams

/// A stream into any sink, image by image. The sink is committed when the set has ended and every shard too.
public final class Extraction {
  private let reader: ShardReader
  private let sink: any ImageSink
  private var external: [ImageName: ExternalFile] = [:]
  private var streams: [ImageName: any ImageStream] = [:]

  /// - Parameter external: Images that go to pipes of their own.
  public init(_ reader: ShardReader, external: [ExternalFile] = [], into sink: any ImageSink) {
    self.reader = reader
    self.sink = sink
    for file in external { self.external[file.name] = file }
  }

  public func run() throws(Failure) {
    while true {
      switch try reader.next() {
      case .began(let name):
        guard external[name] == nil else { continue }
        let stream = try sink.open(name)
        let nothing: [UInt8] = []
        try stream.write(nothing.span.bytes)  // it is there even when it is empty
        streams[name] = stream
      case .data(let name, _):
        if let file = external[name] { try file.take(from: reader) } else { try reader.move(to: streams[name]!) }
      case .ended(let name):
        if let file = external.removeValue(forKey: name) { file.end() } else { try streams.removeValue(forKey: name)!.finish() }
      case .setEnded:
        try reader.finish()
        return try sink.commit()
      }
    }
  }
}
