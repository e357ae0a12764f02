public import Linux
public import Streams

/// What a set of ours consists of: each plain image with its size and its XXH64, in a text of its own that no other
/// tool looks for. Compressed images have their checksums in themselves, and are listed so that none goes missing.
///
///     criu manifest 1
///     5f3c0a9b11e2d470 1234 core-12.img
///     - 4718592 pages-1.img
///     end 0123456789abcdef
///
/// The last line has the XXH64 of the lines before it.
public struct Manifest: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    let name: ImageName
    let byteCount: Int
    /// `nil` for a compressed image.
    let checksum: UInt64?
  }

  public static let name = ImageName("manifest")!
  private static let head = "criu manifest 1"

  var entries: [Entry] = []

  var text: String {
    var lines = [Manifest.head]
    for entry in entries.sorted(by: { $0.name.description < $1.name.description }) {
      lines.append("\(entry.checksum.map(hexadecimal) ?? "-") \(entry.byteCount) \(entry.name)")
    }
    let text = lines.joined(separator: "\n") + "\n"
    return text + "end \(hexadecimal(hash(text)))\n"
  }

  /// - Throws: `EBADMSG`.
  init(_ text: String) throws(Failure) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.popLast() == "", let end = lines.popLast(), lines.first == Manifest.head,
      end == "end \(hexadecimal(hash(lines.joined(separator: "\n") + "\n")))"
    else { throw Manifest.damaged("its last line does not fit the others") }
    for line in lines.dropFirst() {
      let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard fields.count == 3, let byteCount = Int(fields[1]), let name = ImageName(fields[2]) else {
        throw Manifest.damaged("the line \"\(line)\"")
      }
      entries.append(Entry(name: name, byteCount: byteCount, checksum: UInt64(fields[0], radix: 16)))
    }
  }

  init() {}

  /// - Returns: `nil` where the set has none: without --zstd, and from other programs.
  public static func read(from source: any ImageSource) throws(Failure) -> Manifest? {
    guard let reader = try source.open(name) else { return nil }
    var bytes: [UInt8] = []
    try reader.readEach { piece in bytes += piece }
    return try Manifest(String(decoding: bytes, as: UTF8.self))
  }

  /// What a set and its list say of each other.
  public enum Standing: Sendable {
    /// There is no list.
    case unlisted
    case verified
    /// The list is of an older set, over which another program has written its own.
    case stale
  }

  /// Compares the images of a set with its list.
  ///
  /// - Throws: As `verify`.
  public static func check(_ source: ZstdSource) throws(Failure) -> Standing {
    guard let manifest = try read(from: source) else { return .unlisted }
    if try manifest.isStale(source) { return .stale }
    try manifest.verify(source)
    return .verified
  }

  /// No damage makes a plain image beside a compressed one: who wrote that, and another inventory, wrote a set.
  private func isStale(_ source: ZstdSource) throws(Failure) -> Bool {
    var hasPlain = false
    for entry in entries where entry.checksum == nil && !hasPlain { hasPlain = try source.isPlain(entry.name) }
    guard hasPlain, let inventory = entries.first(where: { $0.name == ImageKind.inventory.name() }) else { return false }
    do throws(Failure) { try verify(inventory, source) } catch { return error.errno == .badMessage }
    return false
  }

  /// Compares every plain image with what was written.
  ///
  /// - Throws: `EBADMSG` naming the first that differs, `ENOENT` one that is missing.
  public func verify(_ source: any ImageSource) throws(Failure) {
    for entry in entries { try verify(entry, source) }
  }

  private func verify(_ entry: Entry, _ source: any ImageSource) throws(Failure) {
    guard let reader = try source.open(entry.name) else {
      throw Failure("find the image", "\(entry.name)", .noEntry, remedy: Manifest.remedy)
    }
    // Its frames are verified as they are read.
    guard let checksum = entry.checksum else { return }
    var hash = XXHash64()
    try reader.readEach { piece in hash.update(piece) }
    guard hash.byteCount == entry.byteCount else {
      throw Failure(
        "verify the image", "\(entry.name), which has \(hash.byteCount) bytes in place of \(entry.byteCount)",
        .badMessage, remedy: Manifest.remedy)
    }
    guard hash.value == checksum else {
      throw Failure("verify the image", "\(entry.name): its checksum differs", .badMessage, remedy: Manifest.remedy)
    }
  }

  private static func damaged(_ what: String) -> Failure {
    Failure("read the list of images", "\(name): \(what)", .badMessage, remedy: remedy)
  }

  private static let remedy = "The set was damaged or changed: restore from another copy."
}

private func hash(_ text: String) -> UInt64 {
  var hash = XXHash64()
  Array(text.utf8).withUnsafeBytes { hash.update($0) }
  return hash.value
}

private func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
