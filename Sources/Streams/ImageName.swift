/// The name of one image in a set: "core-12.img". Never a path: a name with "/" or an empty one cannot be made.
public struct ImageName: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Returns: `nil` for text that is not one plain file name.
  public init?(_ text: String) {
    guard !text.isEmpty, text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")), !text.utf8.contains(0)
    else { return nil }
    description = text
  }

  /// Who tracks writes until the next dump: a text for this host alone (docs/formats.md).
  public static let tracking = ImageName("tracking")!
}

/// Whose pages a pagemap describes: the private memory of a task, or a shared memory object.
public enum PagesID: Hashable, Sendable {
  /// `pagemap-<pid>.img`, addresses of the task; the pid as the tree itself sees it.
  case task(UInt32)
  /// `pagemap-shmem-<id>.img`, offsets from the start of the object.
  case shared(UInt64)

  /// - Returns: `nil` for an image that lists no pages.
  public init?(pagemapName name: ImageName) {
    if let pid = ImageKind.pagemap.number(in: name) {
      self = .task(UInt32(truncatingIfNeeded: pid))
    } else if let object = ImageKind.pagemapShmem.number(in: name) {
      self = .shared(object)
    } else {
      return nil
    }
  }

  public var pagemapName: ImageName {
    switch self {
    case .task(let pid): ImageName("pagemap-\(pid).img")!
    case .shared(let id): ImageName("pagemap-shmem-\(id).img")!
    }
  }
}
