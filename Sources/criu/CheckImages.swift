internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu check-images`: reads a whole set, lists what is in it, and says whether it can be restored here.
  ///
  /// - Returns: 0 when it is whole and can be.
  func checkImages() throws(Failure) -> CInt {
    let source = ZstdSource(DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory))
    var isWhole = true
    func attempt(_ body: () throws(Failure) -> Void) {
      do throws(Failure) { try body() } catch {
        log.error(error)
        isWhole = false
      }
    }

    let images = try imagesOfSet()
    var total = 0
    for (file, name, kind) in images {
      attempt { () throws(Failure) in
        guard let contents = try source.contents(of: name, kind: kind) else { return }
        total += contents.byteCount
        let records = contents.recordCount.map { "\($0)" } ?? "-"
        try writeText("\(padded(file, 32)) \(padded(records, -8)) \(padded("\(contents.byteCount)", -14))\n")
      }
    }
    for id in try pagesOfSet() { attempt { () throws(Failure) in try source.checkPages(id) } }
    var hasManifest = false
    attempt { () throws(Failure) in
      guard let manifest = try Manifest.read(from: source) else { return }
      hasManifest = true
      try manifest.verify(source)
    }
    try writeText("\(images.count) images, \(total) bytes, \(hasManifest ? "with" : "without") a list of checksums\n")
    guard isWhole else {
      try writeText("The set is damaged.\n")
      return 1
    }
    try writeText("Every image is whole.\n")
    attempt { () throws(Failure) in try checkRestorable(restoreOptions(), from: source, journal: FileJournal(), log: log) }
    try writeText(isWhole ? "It can be restored here.\n" : "It cannot be restored here and now.\n")
    return isWhole ? 0 : 1
  }

  /// The files of the directory that are images, with the names that the engine knows them by.
  private func imagesOfSet() throws(Failure) -> [(file: String, name: ImageName, kind: ImageKind)] {
    let compressed = ".zst"
    let files = try names(inDirectory: imagesDirectory)
    return files.compactMap { file in
      let text = file.hasSuffix(compressed) ? String(file.dropLast(compressed.utf8.count)) : file
      // Beside a plain image, a compressed one is not looked at.
      if text != file, files.contains(text) { return nil }
      guard let name = ImageName(text), let kind = ImageKind.of(name), kind.head != .service else { return nil }
      return (file, name, kind)
    }
  }

  /// `criu unpack`
  func unpack() throws(Failure) {
    let journal = FileJournal()
    do throws(Failure) {
      let unpacking = try Unpacking.unpack(imagesDirectory, journal: journal)
      try writeText(
        "\(unpacking.imageCount) images unpacked: \(unpacking.compressedByteCount) bytes became \(unpacking.byteCount)\n")
    } catch {
      journal.undo()
      throw error
    }
  }
}

/// - Parameter width: Negative to fill up on the left.
private func padded(_ text: String, _ width: Int) -> String {
  let fill = String(repeating: " ", count: max(abs(width) - text.utf8.count, 0))
  return width < 0 ? fill + text : text + fill
}
