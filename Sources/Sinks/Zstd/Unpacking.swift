public import Linux
public import Streams

/// Makes a plain set of a compressed one, within its directory, so that every program that knows the format restores it.
public struct Unpacking {
  public private(set) var imageCount = 0
  public private(set) var compressedByteCount = 0
  public private(set) var byteCount = 0

  private static let partialSuffix = ".partial"
  private let path: String
  private let journal: any Journal

  /// Each image is written beside the compressed one, gets its name when it is whole and on the disk, and only then the
  /// compressed one goes: whenever this ends, the set can be restored. It needs room for one image more.
  ///
  /// - Parameter path: Absolute path of the directory.
  /// - Throws: `EBADMSG` for a damaged image, which stays as it is.
  public static func unpack(_ path: String, journal: any Journal) throws(Failure) -> Unpacking {
    var unpacking = Unpacking(path: path, journal: journal)
    let source = ZstdSource(DirectorySource(adopting: try unpacking.openDirectory(), path: path))
    let standing = try Manifest.check(source)
    guard standing != .stale else {
      throw Failure(
        "unpack the set", "\(path), whose compressed images are of an older set", .invalid,
        remedy: "Another program has dumped over them: remove them, and the file \(Manifest.name).")
    }
    let compressed = try names(inDirectory: path).compactMap { file in
      ImageName(file).flatMap { ZstdFormat.plainName(of: $0) }
    }
    for name in compressed { try unpacking.unpack(name, from: source) }
    if standing == .verified { try unpacking.remove(Manifest.name.description) }
    return unpacking
  }

  private init(path: String, journal: any Journal) {
    self.path = path
    self.journal = journal
  }

  private mutating func unpack(_ name: ImageName, from source: ZstdSource) throws(Failure) {
    let compressed = ZstdFormat.compressedName(of: name)
    // Left beside a plain image by one that was interrupted, or written over.
    guard let reader = try source.openCompressed(name) else { return try remove(compressed.description) }
    let partial = ImageName(name.description + Unpacking.partialSuffix)!
    let sink = DirectorySink(
      adopting: try openDirectory(), path: path, contents: .part, durability: .disk, journal: journal, ring: .never)
    do throws(Failure) {
      let stream = try sink.open(partial)
      byteCount += try reader.copy(to: stream)
      try stream.finish()
      try sink.commit()
    } catch {
      sink.abandon()
      throw error
    }
    imageCount += 1
    compressedByteCount += try DirectorySource(adopting: try openDirectory(), path: path).byteCount(of: compressed)
    try check("give the image its name", "\(path)/\(name)", remedy: Unpacking.remedy) {
      File.rename("\(path)/\(partial)", to: "\(path)/\(name)", in: File.workingDirectory)
    }
    try remove(compressed.description)
  }

  private func remove(_ file: String) throws(Failure) {
    try check("remove the compressed image", "\(path)/\(file)", remedy: Unpacking.remedy) {
      File.unlink("\(path)/\(file)")
    }
  }

  private func openDirectory() throws(Failure) -> OwnedFD {
    OwnedFD(
      adopting: CInt(
        try check("open the directory", path, remedy: "Name one with --images-dir.") {
          File.open(path, [.readOnly, .directory])
        }))
  }

  private static let remedy = "Make the directory writable for the user that runs criu."
}

extension ImageReader {
  /// - Returns: The bytes copied. (An image of none is made all the same.)
  fileprivate func copy(to stream: any ImageStream) throws(Failure) -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ZstdFormat.frameByteCount, alignment: 4096)
    defer { buffer.deallocate() }
    var byteCount = 0
    while true {
      let count = try read(into: buffer)
      try stream.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
      guard count > 0 else { return byteCount }
      byteCount += count
    }
  }
}

extension ImageSource {
  func byteCount(of name: ImageName) throws(Failure) -> Int { try open(name)?.skip(byteCount: .max) ?? 0 }
}
