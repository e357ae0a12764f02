internal import Images
internal import Linux
internal import Streams

/// What a dump needs to know and does not learn from the tree: found while the tree still runs.
struct DumpPreparation {
  let ids: TaskIDs
  let devices: MemoryDevices
  let layout = ExtendedStateLayout.ofThisProcessor()
  let sequences = CodeSequences()
  let cgroups: CgroupDump
  /// What the parent set knows of watched inodes.
  let watchedPaths: [IrmapCacheEntry]
  /// Names what the dump makes outside of its images: a random UUID (inventory_entry.dump_criu_run_id).
  let runID: String
  /// `nil` where connections are not carried over.
  let connections: ConnectionHelper?
  /// `OutsideReading.Way.room`
  private(set) var heldPages: HeldPages.Room?
  private(set) var files = ForeseenFiles()
  private(set) var readers: DescriptorReaders?
  private var types = DescribedTypes()
  /// Descriptors that this process may open beside those that it has.
  private var freeDescriptors: Int

  /// What a dump knows of one while it has no record.
  private static let byteCountOfDescriptor = 1024

  /// Each takes the kernel 4 KiB.
  private static let mostOpenInfos = 8192

  init(
    cgroups: CgroupDump, parent: (any ImageSource)?, connections: ConnectionHelper? = nil
  ) throws(Failure) {
    try OwnCapabilities.check(to: "dump processes")
    self.connections = connections
    // Found out now, and not in the freeze.
    _ = AreaOrigin.possible
    self.cgroups = cgroups
    watchedPaths = try InodeMapCache.read(from: parent)
    ids = try TaskIDs()
    runID = try DumpPreparation.randomIdentifier()
    devices = try MemoryDevices.probe()
    _ = pipeDevice
    // Most programs run with the C library that we run with, which is searched here for them.
    let own = currentPid()
    _ = try sequences.addresses(in: TaskLayout(of: own), memory: TaskMemory(pid: own), .code64)
    freeDescriptors = try descriptorLimit() - descriptorNumbers(of: own).count
  }

  /// The last thing before the freeze: what takes long for the first time.
  ///
  /// - Parameters:
  ///   - holdsPages: Whether pages of small tasks are copied and written later.
  ///   - listsLate: Whether those of large tasks are listed later.
  ///   - leavesLazyPages: `DumpOptions.leavesLazyPages`
  /// - Returns: Reads tasks in the freeze.
  mutating func expect(
    _ forecast: Forecast, holdsPages: Bool, listsLate: Bool, leavesLazyPages: Bool, tracking: MemoryTracking?, log: Log
  ) throws(Failure) -> OutsideReader {
    if FileLocks.isWorthLookingAhead(forecast.descriptorCount) {
      files = ForeseenFiles(forecast.files, infoLimit: min(freeDescriptors / 4, DumpPreparation.mostOpenInfos))
      freeDescriptors -= files.openInfos.count
      let tables = forecast.files.values.map(\.count).filter { $0 >= DescriptorReaders.worthwhileCount }
      if let largest = tables.max() {
        readers = try DescriptorReaders(capacity: tables.reduce(largest / 4, +), foreseen: files)
      }
      reserveHeap(byteCount: forecast.descriptorCount * DumpPreparation.byteCountOfDescriptor)
      bringInOwnMemory()
      _ = try LockTable()
      files.lookedAtLocks = monotonicMicroseconds()
    }
    files.mapped = ForeseenMappedFiles(of: forecast.pids)
    if holdsPages { heldPages = try HeldPages.Room(forecast: forecast.heldByteCount) }
    let outside = OutsideReader(
      OutsideReading.Way(
        devices: devices, foreseen: listsLate ? ForeseenMappings(of: forecast.largeTasks.map(\.pid)) : nil,
        room: heldPages, tracking: tracking, leavesLazyPages: leavesLazyPages, log: log))
    types = .ofDump()
    readers?.getReady()
    outside.getReady()
    return outside
  }

  /// Tasks that can have parasites at once: each takes two descriptors beside its pidfd, and the kernel watches over so
  /// many (`RobustList`).
  func waveLimit(_ tree: FrozenTree) -> Int {
    let reserve = 64
    return min(max((freeDescriptors - tree.tasks.count - reserve) / 2, 1), RobustList.capacity - reserve)
  }

  /// RFC 9562, version 4.
  private static func randomIdentifier() throws(Failure) -> String {
    var bytes = try randomBytes(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { hex[$0].joined() }.joined(separator: "-")
  }
}
