public import Linux

/// The pages of a set of images in any order; what a set left to its parent comes from there.
public final class StoredPages: PageStore {
  private let source: any ImageSource
  private var tasks: [UInt32: TaskPagesImage] = [:]

  /// - Throws: `EOPNOTSUPP` the source gives each image only once, and in order.
  public init(_ source: any ImageSource) throws(Failure) {
    guard source.abilities.isSuperset(of: [.randomAccess, .reopen]) else {
      throw Failure(
        "serve pages in any order", "from a stream", .notSupported,
        remedy: "Extract the images into a directory first (criu-image-streamer extract).")
    }
    self.source = source
  }

  public func read(
    _ pid: UInt32, at address: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Int {
    if tasks[pid] == nil { tasks[pid] = try TaskPagesImage(pid, in: source) }
    return try tasks[pid]!.read(at: address, into: buffer)
  }
}

/// The pages of one task. Reading on from where the last read ended costs no seek.
private final class TaskPagesImage {
  private let pid: UInt32
  private let source: any ImageSource
  private let runs: [PageRun]
  /// Where each run begins in the image; those of other sets take no room.
  private let offsets: [Int]
  private let name: ImageName
  private var reader: (any ImageReader)?
  private var position = 0
  private var parent: TaskPagesImage?

  init(_ pid: UInt32, in source: any ImageSource) throws(Failure) {
    let id = PagesID.task(pid)
    guard let pagemap = try Pagemap.read(id, from: source) else {
      throw Failure(
        "serve the pages", "of pid \(pid): there is no \(id.pagemapName)", .noEntry,
        remedy: "The set is not whole, or not the one that is restored: name another with --images-dir.")
    }
    self.pid = pid
    self.source = source
    runs = pagemap.runs
    name = ImageKind.pages.name(UInt64(pagemap.pagesNumber))
    var offset = 0
    offsets = pagemap.runs.map { run in
      defer { if run.flags.contains(.present) { offset += run.byteCount } }
      return offset
    }
  }

  /// - Returns: Pages, 1 or more.
  func read(at address: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var done = 0
    while done < buffer.count, let index = index(of: address + UInt64(done)) {
      let start = address + UInt64(done)
      let run = runs[index]
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[done..<(done + min(buffer.count - done, Int(run.end - start)))])
      if run.flags.contains(.present) {
        try read(offsets[index] + Int(start - run.address), into: part, at: start)
      } else if run.flags.contains(.parent) {
        done += try openParent(start).read(at: start, into: part) * pageSize
        continue
      } else if done > 0 {
        break
      } else {
        throw absent(start, "the images leave it to the page server of the dump")
      }
      done += part.count
    }
    guard done > 0 else { throw absent(address, "the images do not have it") }
    return done / pageSize
  }

  private func read(_ offset: Int, into part: UnsafeMutableRawBufferPointer, at address: UInt64) throws(Failure) {
    if reader == nil || offset < position {
      reader = try source.open(name)
      position = 0
    }
    guard let reader else { throw absent(address, "there is no \(name)") }
    position += try reader.skip(byteCount: offset - position)
    let count = position == offset ? try reader.readFully(into: [part]) : 0
    position += count
    guard count == part.count else { throw absent(address, "\(name) is cut") }
  }

  private func index(of address: UInt64) -> Int? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].end <= address { low = middle + 1 } else { high = middle }
    }
    return low < runs.count && runs[low].address <= address ? low : nil
  }

  private func openParent(_ address: UInt64) throws(Failure) -> TaskPagesImage {
    if let parent { return parent }
    guard let set = try source.parent() else { throw absent(address, "there is no parent set") }
    let opened = try TaskPagesImage(pid, in: set)
    parent = opened
    return opened
  }

  private func absent(_ address: UInt64, _ why: String) -> Failure {
    Failure(
      "serve the page", "0x\(String(address, radix: 16)) of pid \(pid): \(why)", .noEntry,
      remedy: "Name the whole set with --images-dir, or --page-server with the --address of the dump that has it.")
  }
}
