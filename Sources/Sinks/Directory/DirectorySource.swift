public import Linux
public import Streams

/// A set in a directory. Each image has its own descriptor and is read at offsets that we keep ourselves (pread(2)), so
/// a process cloned after it was opened reads on undisturbed by us, and we by it.
public final class DirectorySource: ImageSource {
  public let abilities: Abilities = [.parent, .reopen, .randomAccess, .descriptor]
  /// Path of the directory, for messages.
  public let path: String
  private let directory: OwnedFD

  /// - Parameter directory: Open for reading, or `O_PATH`.
  public init(adopting directory: consuming OwnedFD, path: String) {
    self.directory = directory
    self.path = path
  }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    guard let file = try open(name.description, "open the image", .readOnly) else { return nil }
    return DirectoryReader(adopting: file, path: "\(path)/\(name)")
  }

  /// Where the link `parent` points; `nil` where there is no such link.
  ///
  /// - Throws: `ENOENT` where it points to nothing.
  public func parent() throws(Failure) -> (any ImageSource)? {
    guard let link = try open(DirectorySource.parentLink, "look at the parent set", [.path, .noFollow]) else {
      return nil
    }
    _ = consume link
    guard let set = try open(DirectorySource.parentLink, "open the parent set", [.readOnly, .directory]) else {
      throw Failure(
        "open the parent set", "\(path)/\(DirectorySource.parentLink)", .noEntry,
        remedy: "Put the parent set where the link points, or point the link to it.")
    }
    return DirectorySource(adopting: set, path: "\(path)/\(DirectorySource.parentLink)")
  }

  public func drop(_ ranges: [Range<Int>], of name: ImageName) throws(Failure) -> Int {
    guard let file = try open(name.description, "open the image to drop pages", .writeOnly) else { return 0 }
    return try file.withRaw { (file: CInt) throws(Failure) in
      var byteCount = 0
      for range in ranges where !range.isEmpty {
        try check("drop pages from the image", "\(path)/\(name)", remedy: DirectorySource.dropRemedy) {
          File.punchHole(file, at: range.lowerBound, byteCount: range.count)
        }
        byteCount += range.count
      }
      return byteCount
    }
  }

  /// - Returns: `nil` where there is no such file.
  private func open(
    _ name: String, _ attempted: StaticString, _ flags: OpenFlags
  ) throws(Failure) -> OwnedFD? {
    let absent = Int.max
    let descriptor = try directory.withRaw { (directory: CInt) throws(Failure) in
      try check("\(attempted)", "\(path)/\(name)", remedy: DirectorySource.openRemedy) {
        let result = File.open(name, in: directory, flags)
        return Errno(result: result) == .noEntry ? absent : result
      }
    }
    return descriptor == absent ? nil : OwnedFD(adopting: CInt(descriptor))
  }

  /// The name of the link to the parent set.
  static let parentLink = "parent"
  private static let dropRemedy = "The set is as good as before: move it to a file system that can punch holes."
  private static let openRemedy = "Make it readable for the user that runs criu, or raise ulimit -n."
}
