public import Linux
public import Streams

/// Writes the manifest of a compressed set: sums up the plain images on their way to `ZstdSink`, and puts the list
/// beside them when the set is committed.
public final class IntegritySink: ImageSink {
  public var abilities: Abilities { inner.abilities }
  public var pagesNumbers: PagesNumbers { inner.pagesNumbers }

  private let inner: any ImageSink
  private var entries: [ImageName: Manifest.Entry] = [:]

  public init(_ inner: any ImageSink) { self.inner = inner }

  public func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink {
    let sink = IntegritySink(try inner.rewriting(journal))
    sink.entries = entries
    return sink
  }

  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    entries[name] = nil
    return IntegrityStream(name, try inner.open(name), in: self)
  }

  public func commit() throws(Failure) {
    var manifest = Manifest()
    manifest.entries = Array(entries.values)
    let stream = try inner.open(Manifest.name)
    let bytes = Array(manifest.text.utf8)
    try stream.write(bytes.span.bytes)
    try stream.finish()
    try inner.commit()
  }

  public func abandon() { inner.abandon() }

  func finished(_ entry: Manifest.Entry) { entries[entry.name] = entry }
}

/// One image that is summed up. What comes by a pipe is read for it, except for images that are compressed: they have
/// checksums of their own.
final class IntegrityStream: ImageStream {
  private let name: ImageName
  private let inner: any ImageStream
  private let sink: IntegritySink
  private let isCompressed: Bool
  private var hash = XXHash64()
  private var byteCount = 0
  private var isWritten = false

  init(_ name: ImageName, _ inner: any ImageStream, in sink: IntegritySink) {
    self.name = name
    self.inner = inner
    self.sink = sink
    isCompressed = ZstdFormat.compresses(name)
  }

  func write(_ bytes: RawSpan) throws(Failure) {
    isWritten = true
    byteCount += bytes.byteCount
    if !isCompressed { bytes.withUnsafeBytes { hash.update($0) } }
    try inner.write(bytes)
  }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    if isCompressed {
      isWritten = true
      self.byteCount += byteCount
      return try inner.splice(from: pipe, byteCount: byteCount)
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, 64 << 10), alignment: 16)
    defer { buffer.deallocate() }
    var left = byteCount
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
      let count = try pipe.readPart(of: name, into: part)
      try write(UnsafeRawBufferPointer(rebasing: part[..<count]).bytes)
      left -= count
    }
  }

  func finish() throws(Failure) {
    try inner.finish()
    guard isWritten else { return }
    sink.finished(Manifest.Entry(name: name, byteCount: byteCount, checksum: isCompressed ? nil : hash.value))
  }
}
