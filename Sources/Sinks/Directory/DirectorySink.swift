public import Linux
public import Streams

/// A directory as the place of a set, in upstream's layout: one file an image.
///
/// What a reader of the directory can rely on: `inventory.img` is there only when the whole set is. An old inventory is
/// removed before the first image is touched, and the new one gets its name last. Everything else is made under its
/// final name, each file entered into the journal before it is made: whoever gives up calls `abandon()` and runs the
/// journal backwards, and nothing is left. Files of an older set that are in the way are overwritten, as upstream does;
/// undoing removes those too, since half an image is of no use.
public final class DirectorySink: ImageSink {
  /// What the directory gets.
  public enum Contents: Sendable {
    /// A set with its inventory; an older set in the directory ends with our first image.
    case wholeSet
    /// Images beside a set that somebody else writes: a page server's, or statistics. The inventory is left alone.
    case part
  }

  /// What `commit()` promises.
  public enum Durability: Sendable {
    /// The files are complete for every process, and lost with the machine, as upstream's.
    case pageCache
    /// The files are on the disk. Costs as long as the disk needs to write them: 0.3 s a GiB on a disk of 4 GB/s, 5 s
    /// on one of 200 MB/s. All images are synced and not only the small ones: a whole inventory is a promise about the
    /// pages too.
    case disk
  }

  public enum RingUse: Sendable {
    /// A ring where the kernel grants one, else plain calls.
    case ifGranted
    /// Plain calls always.
    case never
  }

  public let abilities: Abilities = [.parent, .reopen, .descriptor, .rewriting]
  public let pagesNumbers: PagesNumbers
  /// Absolute path of the directory.
  public var path: String { calls.path }
  /// Whether the kernel granted a ring.
  public var usesRing: Bool { ring != nil }

  let calls: DirectoryCalls
  let directory: OwnedFD
  let ring: Ring?
  let durability: Durability
  private let contents: Contents
  private let journal: any Journal
  private let pending: PendingImages
  private var images: [ImageName: DirectoryImage] = [:]
  /// The images in the order in which they were opened first.
  private var order: [DirectoryImage] = []
  private var parentEntry: Int?
  /// By the pages that are expected, and from when those are opened on by image.
  private var expected: [PagesID: PreparedPages] = [:]
  private var prepared: [ImageName: PreparedPages] = [:]
  private var isOldSetEnded: Bool
  private var hasEnded = false

  static let inventory = "inventory.img"
  /// Where the inventory is kept until everything else is written.
  static let unpublishedInventory = "inventory.img.partial"

  /// Touches nothing yet.
  ///
  /// - Parameters:
  ///   - directory: Open for reading (not `O_PATH`: it is synced).
  ///   - path: Its absolute path, by which the journal finds the files.
  ///   - fault: For tests.
  public init(
    adopting directory: consuming OwnedFD, path: String, contents: Contents, durability: Durability,
    journal: any Journal, ring: RingUse = .ifGranted, pagesNumbers: PagesNumbers = PagesNumbers(), fault: FaultHook? = nil
  ) {
    self.pagesNumbers = pagesNumbers
    self.directory = directory
    self.contents = contents
    self.durability = durability
    self.journal = journal
    calls = DirectoryCalls(path: path, fault: fault)
    self.ring = ring == .never ? nil : DirectorySink.grantedRing()
    pending = PendingImages(calls: calls, ring: self.ring)
    isOldSetEnded = contents == .part
  }

  private static func grantedRing() -> Ring? {
    // Refused (EPERM, ENOSYS, or no memory that may be locked): plain calls do the same.
    do throws(Failure) { return try Ring(capacity: UInt32(PendingImages.ringCapacity)) } catch { return nil }
  }

  /// Opening an image that was finished starts it anew.
  ///
  /// - Throws: `EBUSY` while the image is being written.
  public func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    try checkGoing("open an image", name.description)
    let image = images[name] ?? DirectoryImage(name, fileName: fileName(of: name))
    if images.updateValue(image, forKey: name) == nil { order.append(image) }
    guard image.stream == nil || image.state == .finished else {
      throw Failure(
        "open an image twice at once", "\(path)/\(name)", .busy, remedy: "Report this: an image has one writer.")
    }
    if pending.contains(image) { try pending.write(in: directory) }
    let stream = DirectoryStream(image, in: self)
    image.state = .open
    image.stream = stream
    return stream
  }

  public func expectPages(_ id: PagesID, byteCount: Int) throws(Failure) {
    expected[id] = try PreparedPages(byteCount: byteCount, in: directory, calls)
  }

  public func openPages(_ id: PagesID) throws(Failure) -> any PageSink {
    let stream = try PagemapStream(id, in: self)
    prepared[stream.pagesName] = expected.removeValue(forKey: id)
    return stream
  }

  /// Makes the link `parent` to the set that this one leaves pages to, in place of an older one.
  ///
  /// - Parameter target: Path of that set; a relative one starts at this directory, so that both can be moved together.
  public func linkParent(to target: String) throws(Failure) {
    try checkGoing("link the parent set", target)
    try endOldSet()
    let name = DirectorySource.parentLink
    if parentEntry == nil { parentEntry = try journal.enter(.fileMade(path: FilePath("\(path)/\(name)"))) }
    try calls.remove(name, in: directory)
    try directory.withRaw { (directory: CInt) throws(Failure) in
      _ = try calls.check("link the parent set", name) { File.link(name, in: directory, to: target) }
    }
  }

  /// Writes what is still in memory, syncs it (`Durability`), and gives the inventory its name. The tree should run
  /// again by now; where it is to be killed instead, commit before that.
  ///
  /// - Throws: With the image's name, also what went wrong with it earlier without showing. The set is then undone by
  ///   the journal.
  public func commit() throws(Failure) {
    try checkGoing("commit a set", path)
    hasEnded = true
    try removeUnfinished()
    dropPrepared()
    try pending.write(in: directory)
    let written = order.filter { $0.entry != nil }
    if durability == .disk { try sync(written.map(\.fileName)) }
    let inventory = written.first { $0.fileName == DirectorySink.unpublishedInventory }
    let entry = inventory == nil ? nil : try publishInventory()
    // Whoever kills us in between leaves a set without its inventory, not an inventory without its set.
    if let parentEntry { journal.strike(parentEntry) }
    for image in written { if let entry = image.entry { journal.strike(entry) } }
    if let entry { journal.strike(entry) }
  }

  /// Ends what is under way, so that the journal finds every file that it is to remove. The sink is of no use after.
  public func abandon() {
    hasEnded = true
    pending.abandon()
    dropPrepared()
  }

  public func rewriting(_ journal: any Journal) throws(Failure) -> any ImageSink {
    let directory = try calls.check("open the directory", "") { File.open(path, [.readOnly, .directory]) }
    return DirectorySink(
      adopting: OwnedFD(adopting: CInt(directory)), path: path, contents: .part, durability: durability,
      journal: journal, ring: .never, pagesNumbers: PagesNumbers(rewriting: pagesNumbers), fault: calls.fault)
  }

  private func dropPrepared() {
    expected = [:]
    prepared = [:]
  }

  private func checkGoing(_ attempted: StaticString, _ subject: String) throws(Failure) {
    guard !hasEnded else {
      throw Failure(
        "\(attempted)", subject, .invalid, remedy: "Report this: the set was committed or abandoned before.")
    }
  }

  private func fileName(of name: ImageName) -> String {
    contents == .wholeSet && name.description == DirectorySink.inventory
      ? DirectorySink.unpublishedInventory : name.description
  }

  /// - Returns: The journal's entry for the inventory under its name.
  private func publishInventory() throws(Failure) -> Int {
    if durability == .disk { try syncDirectory() }
    let entry = try journal.enter(.fileMade(path: FilePath("\(path)/\(DirectorySink.inventory)")))
    try directory.withRaw { (directory: CInt) throws(Failure) in
      _ = try calls.check("publish the image", DirectorySink.inventory) {
        File.rename(DirectorySink.unpublishedInventory, to: DirectorySink.inventory, in: directory)
      }
    }
    if durability == .disk { try syncDirectory() }
    return entry
  }

  private func removeUnfinished() throws(Failure) {
    for image in order where image.state == .open {
      guard let entry = image.entry else { continue }
      try calls.remove(image.fileName, in: directory)
      image.entry = nil
      journal.strike(entry)
    }
  }

  /// From the first change on, what was in the directory is no whole set any more.
  private func endOldSet() throws(Failure) {
    guard !isOldSetEnded else { return }
    let wasThere = try calls.remove(DirectorySink.inventory, in: directory)
    if wasThere { try calls.remove(Manifest.name.description, in: directory) }
    if wasThere, durability == .disk { try syncDirectory() }
    isOldSetEnded = true
  }

  private func enterCreation(_ image: DirectoryImage) throws(Failure) {
    try endOldSet()
    if image.entry == nil { image.entry = try journal.enter(.fileMade(path: FilePath("\(path)/\(image.fileName)"))) }
  }
}

/// What the streams report.
extension DirectorySink {
  /// - Returns: Its file, at the beginning.
  func create(_ image: DirectoryImage) throws(Failure) -> OwnedFD {
    try enterCreation(image)
    guard let prepared = prepared.removeValue(forKey: image.name) else {
      image.preparedByteCount = 0
      return try calls.create(image.fileName, in: directory)
    }
    try calls.remove(image.fileName, in: directory)
    image.preparedByteCount = prepared.byteCount
    return try prepared.publish(as: image.fileName, in: directory, calls)
  }

  func hasPrepared(_ image: DirectoryImage) -> Bool { prepared[image.name] != nil }

  /// All its bytes are in its file, which is closed.
  func finishWritten(_ image: DirectoryImage) { image.state = .finished }

  /// All its bytes are here, and its file is to be made.
  func finish(_ image: DirectoryImage, bytes: [UInt8]) throws(Failure) {
    try enterCreation(image)
    try pending.add(image, bytes: bytes, directory: directory)
    image.state = .finished
  }

  /// An absent image is an empty one, so an older one of that name must go.
  func finishUnwritten(_ image: DirectoryImage) throws(Failure) {
    try endOldSet()
    try calls.remove(image.fileName, in: directory)
    if let entry = image.entry { journal.strike(entry) }
    image.entry = nil
    image.state = .finished
  }
}
