internal import Engine
internal import Linux
internal import Sinks
internal import Streams

extension Session {
  /// `criu check-images`: reads a whole set, lists what is in it, and says whether it can be restored here.
  ///
  /// - Returns: 0 when it is whole and can be.
  func checkImages() throws(Failure) -> CInt {
    let list = ImageList(log: log)
    let source: any ImageSource
    if let stream = try streamSource(journal: FileJournal()) {
      source = try check(stream, list)
    } else {
      let set = ZstdSource(DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory))
      try check(set, list)
      source = set
    }
    guard list.isWhole else {
      try writeText("The set is damaged.\n")
      return 1
    }
    try writeText("Every image is whole.\n")
    list.attempt { () throws(Failure) in
      try checkRestorable(restoreOptions(), from: source, journal: FileJournal(), log: log)
    }
    try writeText(list.isWhole ? "It can be restored here.\n" : "It cannot be restored here and now.\n")
    return list.isWhole ? 0 : 1
  }

  private func check(_ set: ZstdSource, _ list: ImageList) throws(Failure) {
    let images = try imagesOfSet()
    for (file, name, kind) in images {
      list.attempt { () throws(Failure) in
        if let contents = try set.contents(of: name, kind: kind) { try list.add(file, contents) }
      }
    }
    for id in try pagesOfSet() { list.attempt { () throws(Failure) in try set.checkPages(id) } }
    var checksums = "whose list of checksums does not fit"
    list.attempt { () throws(Failure) in
      switch try Manifest.check(set) {
      case .unlisted: checksums = "without a list of checksums"
      case .verified: checksums = "with a list of checksums"
      case .stale:
        checksums = "with the list of checksums of an older set"
        log.warning(staleManifest)
      }
    }
    try list.finish(checksums)
  }

  /// - Returns: The records, for a plan.
  private func check(_ stream: any ImageSequence, _ list: ImageList) throws(Failure) -> any ImageSource {
    let survey = StreamSurvey(stream)
    list.attempt { () throws(Failure) in
      try survey.read { (name, contents) throws(Failure) in
        try list.add(name.description, contents)
      } damaged: { list.fail($0) }
      try stream.finish()
    }
    for id in survey.pages { list.attempt { () throws(Failure) in try survey.checkPages(id) } }
    try list.finish("in a stream")
    return survey
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
}
