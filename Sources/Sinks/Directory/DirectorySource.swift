public import Linux
public import Streams

/// A set in a directory. Each image has its own descriptor and is read with pread(2) alone, so a process cloned after
/// it was opened reads on undisturbed by us and we by it.
public final class DirectorySource: ImageSource {
  public let abilities: Abilities = [.reopen, .randomAccess, .descriptor]
  /// Absolute path of the directory, for messages.
  public let path: String
  private let directory: OwnedFD

  /// - Parameter directory: Open for reading, or `O_PATH`.
  public init(adopting directory: consuming OwnedFD, path: String) {
    self.directory = directory
    self.path = path
  }

  public func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { try openReader(name) }

  func openReader(_ name: ImageName) throws(Failure) -> DirectoryReader? {
    let subject = "\(path)/\(name)"
    let absent = Int.max
    let descriptor = try directory.withRaw { (directory: CInt) throws(Failure) in
      try check("open the image", subject, remedy: DirectorySource.openRemedy) {
        let result = File.open(name.description, in: directory, .readOnly)
        return Errno(result: result) == .noEntry ? absent : result
      }
    }
    guard descriptor != absent else { return nil }
    return DirectoryReader(adopting: OwnedFD(adopting: CInt(descriptor)), path: subject)
  }

  private static let openRemedy = "Make the image readable for the user that runs criu, or raise ulimit -n."
}

/// One image of a directory, from its beginning or at any offset.
final class DirectoryReader: ImageReader {
  private let file: OwnedFD
  private let path: String
  private var offset = 0

  init(adopting file: consuming OwnedFD, path: String) {
    self.file = file
    self.path = path
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    guard buffer.count > 0 else { return 0 }
    let count = try file.withRaw { (file: CInt) throws(Failure) in
      try check("read the image", path, remedy: DirectoryReader.remedy) { File.read(file, at: offset, into: buffer) }
    }
    offset += count
    return count
  }

  static let remedy = "Check the disk and the kernel log; if the image is damaged, restore from another set."
}
