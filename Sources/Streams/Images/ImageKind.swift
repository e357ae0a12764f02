public import Images

/// One kind of image: how its files are named, which magics they begin with, what its records are.
public struct ImageKind: Hashable, Sendable, CustomStringConvertible {
  /// What stands before the own magic, since version 2 of the format.
  public enum Head: UInt32, Sendable {
    case none = 0
    case common = 0x5456_4319
    /// Files of the work directory.
    case service = 0x5510_5940
  }

  /// What stands between prefix and suffix of the name.
  public enum Key: Hashable, Sendable {
    /// Nothing: one image a set.
    case none
    case decimal
    /// Lower case, without 0x.
    case hexadecimal
  }

  public let prefix: String
  public let key: Key
  public let suffix: String
  public let head: Head
  /// 0 for a raw image: neither magic nor records, the file is the payload.
  public let magic: UInt32
  /// Of the records; `nil` for a raw image. The first record of a pagemap is another one (`pagemap_head`).
  public let message: (any ImageMessage.Type)?

  init(
    _ prefix: String, _ key: Key = .none, suffix: String = ".img", head: Head = .common, magic: UInt32,
    _ message: (any ImageMessage.Type)?
  ) {
    self.prefix = prefix
    self.key = key
    self.suffix = suffix
    self.head = head
    self.magic = magic
    self.message = message
  }

  /// Every kind.
  public static let all = current + older

  public var isRaw: Bool { magic == 0 }

  /// The image's name: `ImageKind.core.name(12)` is "core-12.img".
  ///
  /// - Parameter number: What the kind is keyed by (a pid, a namespace, an inode); not used where there is one a set.
  public func name(_ number: UInt64 = 0) -> ImageName {
    let middle =
      switch key {
      case .none: ""
      case .decimal: String(number)
      case .hexadecimal: String(number, radix: 16)
      }
    return ImageName(prefix + middle + suffix)!
  }

  /// The number in a name of this kind; 0 where the kind has none, `nil` for a name of another kind.
  public func number(in name: ImageName) -> UInt64? {
    let text = name.description
    guard text.utf8.count >= prefix.utf8.count + suffix.utf8.count, text.hasPrefix(prefix), text.hasSuffix(suffix)
    else { return nil }
    let middle = text.dropFirst(prefix.count).dropLast(suffix.count)
    guard key != .none else { return middle.isEmpty ? 0 : nil }
    guard let number = UInt64(middle, radix: key == .decimal ? 10 : 16), self.name(number) == name else { return nil }
    return number
  }

  /// - Returns: `nil` for a file that is no image.
  public static func of(_ name: ImageName) -> ImageKind? {
    all.first { $0.number(in: name) != nil }
  }

  /// "core-%u.img"
  public var description: String {
    switch key {
    case .none: prefix + suffix
    case .decimal: prefix + "%u" + suffix
    case .hexadecimal: prefix + "%x" + suffix
    }
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.prefix == right.prefix && left.key == right.key && left.suffix == right.suffix
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(prefix)
    hasher.combine(suffix)
  }
}
