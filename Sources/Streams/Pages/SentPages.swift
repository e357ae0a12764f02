internal import Images
public import Linux

/// The list of pages of one task or shared object that went to a page server, kept beside the records of their set: the
/// next dump leaves to that set what it has and what did not change, and must know it without asking.
///
/// It has the form of a pagemap, under a name of its own: `pagemap-N.img` is made by the server, perhaps in this very
/// directory.
public enum SentPages {
  private static func name(of id: PagesID) -> ImageName { ImageName("sent-\(id.pagemapName)")! }

  /// - Parameter runs: Ascending.
  public static func write(_ runs: [PageRun], of id: PagesID, to sink: any ImageSink) throws(Failure) {
    let name = name(of: id)
    let writer = RecordWriter(try sink.open(name), kind: .pagemap, name: name)
    try writer.write(PagemapHead { $0.pagesId = 0 })
    for run in runs { try writer.write(PagemapEntry(run)) }
    try writer.finish()
  }

  /// - Returns: `nil` where none went away.
  public static func read(_ id: PagesID, from source: any ImageSource) throws(Failure) -> [PageRun]? {
    try Pagemap.read(named: name(of: id), from: source)?.runs
  }
}
