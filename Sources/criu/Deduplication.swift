internal import Linux
internal import Sinks
internal import Streams

/// Pages that are dropped from images: `criu dedup`, and `--auto-dedup` of other commands.
extension Session {
  /// `criu dedup`: drops from the parents of a set the pages that it has anew.
  func deduplicate() throws(Failure) {
    let source = ZstdSource(DirectorySource(adopting: try openDirectory(imagesDirectory), path: imagesDirectory))
    guard try source.parent() != nil else { return log.info("The set has no parent: nothing is dropped") }
    // A machine that goes down must not lose both.
    try DirectorySink(
      adopting: try openDirectory(imagesDirectory), path: imagesDirectory, contents: .part, durability: .disk,
      journal: FileJournal(), ring: .ifGranted
    ).syncSet()
    var deduplication = Deduplication(source)
    for id in try pagesOfSet() { try deduplication.dropReplaced(id) }
    log.info("\(deduplication.byteCount) bytes of parent sets are dropped: later sets have them anew")
  }

  /// After a dump that is whole, which is as good without this.
  func dropReplacedPagesIfPossible() {
    do throws(Failure) { try deduplicate() } catch {
      log.warning("Parent sets keep all their pages: \(error.summary)")
    }
  }

  /// After a restore, whose tree runs already: from its set and its parents, what it has read.
  func dropRestoredPages(from source: any ImageSource) {
    do throws(Failure) {
      guard source.abilities.contains(.reopen) else { return log.info("A stream keeps no pages: none are dropped") }
      var deduplication = Deduplication(source)
      for id in try pagesOfSet() { try deduplication.dropRestored(id, keepsLazy: options.lazyPages) }
      log.info("\(deduplication.byteCount) bytes of the images are dropped: they are restored")
    } catch {
      log.warning("The images keep pages that are restored: \(error.summary)")
    }
  }

  /// Whose pages the images directory lists.
  func pagesOfSet() throws(Failure) -> [PagesID] {
    try names(inDirectory: imagesDirectory).compactMap { ImageName($0).flatMap { PagesID(pagemapName: $0) } }
  }
}
