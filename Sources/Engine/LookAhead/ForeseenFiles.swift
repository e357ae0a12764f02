internal import Linux

/// What the open files of a tree were just before the freeze. In the freeze, to see that something is still so costs less
/// than to find it out; what is not so any more is found out as if nothing had been foreseen.
final class ForeseenFiles {
  struct Place: Hashable {
    let pid: Int32
    let number: CInt
  }

  /// Descriptors of one inode with the same flags, which may be one open file or several.
  struct Group: Hashable {
    let device: DeviceNumber
    let inode: UInt64
    let flags: UInt32
    /// A line of fdinfo that two descriptors of one open file have in common.
    var sign: ArraySlice<UInt8>?

    /// Files on several devices are few, and so are flags.
    func hash(into hasher: inout Hasher) {
      hasher.combine(inode)
      if let sign { sign.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }
  }

  /// A place in the kernel's order of open files.
  struct Ordered {
    let place: Place
    /// It is one open file with the place before.
    let repeatsLast: Bool
  }

  /// Of each process, ascending.
  private var numbers: [Int32: [CInt]] = [:]
  private(set) var descriptorCount = 0
  private var names: [FileDump.InodeKey: FilePath] = [:]
  private var orders: [Group: [Ordered]] = [:]
  /// What all files of anonymous inodes have in common, but for few kinds: there is one such inode (anon_inodefs).
  private var anonymous: FileStatus?
  /// Files of fdinfo that stay open.
  private var infos: [Place: (file: OpenFDInfo, isAnonymous: Bool)] = [:]
  private let infoLimit: Int
  /// Room for what is asked of them in the freeze.
  let answers: AnswerStore
  var mapped = ForeseenMappedFiles()
  /// When /proc/locks was read, in microseconds of CLOCK_MONOTONIC.
  var lookedAtLocks: Int?

  /// Of a tree with few files: nothing.
  init() {
    infoLimit = 0
    answers = AnswerStore()
  }

  /// Of the answers of one descriptor, on an average of many programs.
  private static let answerByteCount = 512

  /// Looks at a tree that runs. What ends or is closed meanwhile is left out.
  ///
  /// - Parameter infoLimit: Descriptors of ours that this may keep open.
  init(_ files: [Int32: [(number: CInt, link: String)]], infoLimit: Int = 0) {
    self.infoLimit = infoLimit
    answers = AnswerStore(byteCount: files.values.reduce(0) { $0 + $1.count } * ForeseenFiles.answerByteCount)
    var groups: [Group: [Place]] = [:]
    for (pid, files) in files {
      _ = ifThere { () throws(Failure) in
        let process = try openProcess(pid)
        numbers[pid] = files.map(\.number)
        descriptorCount += files.count
        for file in files {
          _ = ifThere { () throws(Failure) in
            try look(at: Place(pid: pid, number: file.number), process.borrowed(), file.link, &groups)
          }
        }
      }
    }
    for (group, places) in groups where places.count > ForeseenFiles.fewPlaces {
      orders[group] = ifThere { () throws(Failure) in try ForeseenFiles.sorted(places) }
    }
  }

  private func look(
    at place: Place, _ process: BorrowedFD, _ link: String, _ groups: inout [Group: [Place]]
  ) throws(Failure) {
    var subject: String { "descriptor \(place.number) of pid \(place.pid)" }
    let copied = try CopiedDescriptor.take(place.number, of: process, subject)
    let status = copied.status
    if status.format == .none {
      if link == "anon_inode:[eventfd]" || link == "anon_inode:[eventpoll]" { anonymous = status }
      return try openInfo(at: place, isAnonymous: true)
    }
    groups[Group(device: status.device, inode: status.inode, flags: copied.flags), default: []].append(place)
    // Each is asked for its locks.
    if !LockTable.isWhole { try openInfo(at: place, isAnonymous: false) }
    if status.format == .regular, status.linkCount == 1, status.mountID != nil, link.hasPrefix("/") {
      names[FileDump.InodeKey(status)] = FilePath(link)
    }
  }

  deinit { for info in openInfos { BorrowedFD(info).close() } }

  private func openInfo(at place: Place, isAnonymous: Bool) throws(Failure) {
    guard infos.count < infoLimit else {
      // Brings the entry of /proc into memory, which makes the next look at it a quarter cheaper.
      _ = try FDInfo.read(pid: place.pid, descriptor: place.number)
      return
    }
    let info = try OpenFDInfo(pid: place.pid, descriptor: place.number)
    infos[place] = (info, isAnonymous)
    // The kernel gets its buffer with the first read.
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { _ = info.read(into: $0) }
  }

  /// Descriptors of ours.
  var openInfos: [CInt] { infos.values.map(\.file.file.raw) }

  // MARK: In the freeze

  /// The descriptors of a task, ascending, where they are as many as before: they are all of them unless one is missing.
  /// From Linux 6.2 on, the directory of descriptors has their number for its size.
  func numbers(of pid: Int32) throws(Failure) -> [CInt]? {
    guard let numbers = numbers[pid] else { return nil }
    let count = try FilePath("/proc/\(pid)/fd").status()?.byteCount
    return count == UInt64(numbers.count) ? numbers : nil
  }

  var nameCount: Int { names.count }

  /// A name that still is one of the file.
  func name(of status: FileStatus) throws(Failure) -> FilePath? {
    guard let name = formerName(of: status), let named = try name.status(), named.isSameInode(as: status) else {
      return nil
    }
    return name
  }

  /// A name that was one of the file.
  func formerName(of status: FileStatus) -> FilePath? {
    status.linkCount == 1 ? names[FileDump.InodeKey(status)] : nil
  }

  /// Records what fdinfo tells of a descriptor.
  ///
  /// - Returns: `nil` where it cannot be read, or there is no room.
  static func info(at place: Place, into recorder: inout AnswerRecorder) -> FDInfo? {
    let bytes = recorder.record(.info) { room in
      let open = ifThere { () throws(Failure) in try OpenFDInfo(pid: place.pid, descriptor: place.number) }
      defer { open?.file.close() }
      return open?.read(into: room) ?? -1
    }
    return bytes.flatMap { FDInfo(parsing: Array($0)) }
  }

  /// Records the same where the file of fdinfo is open.
  ///
  /// - Returns: What it tells of an anonymous inode.
  func openInfo(at place: Place, into recorder: inout AnswerRecorder) -> FDInfo? {
    guard let (file, isAnonymous) = infos[place] else { return nil }
    let bytes = recorder.record(.info) { file.read(into: $0) }
    return isAnonymous ? bytes.flatMap { FDInfo(parsing: Array($0)) } : nil
  }

  /// - Returns: `nil` where fdinfo does not say that the file is of the common anonymous inode. (Before Linux 5.14, it tells
  ///   no inode.)
  func anonymousStatus(_ info: FDInfo) -> FileStatus? {
    guard let anonymous, let mountID = anonymous.mountID,
      let inode = info.first(of: "ino:"), FDInfo.number(inode, radix: 10) == anonymous.inode,
      let mount = info.first(of: "mnt_id:"), FDInfo.number(mount, radix: 10) == mountID
    else { return nil }
    return anonymous
  }

  // MARK: Identity

  /// Up to here, to compare them in the freeze takes no more calls.
  private static let fewPlaces = 4

  /// By merges: kcmp(2) can fail.
  private static func sorted(_ places: [Place]) throws(Failure) -> [Ordered] {
    var runs = places.map { [Ordered(place: $0, repeatsLast: false)] }
    while runs.count > 1 {
      var longer: [[Ordered]] = []
      for pair in stride(from: 0, to: runs.count, by: 2) {
        longer.append(pair + 1 < runs.count ? try merged(runs[pair], runs[pair + 1]) : runs[pair])
      }
      runs = longer
    }
    return runs.first ?? []
  }

  private static func merged(_ first: [Ordered], _ second: [Ordered]) throws(Failure) -> [Ordered] {
    var merged: [Ordered] = []
    merged.reserveCapacity(first.count + second.count)
    var (left, right) = (first[...], second[...])
    func takeRun(_ side: inout ArraySlice<Ordered>, repeatsLast: Bool) {
      merged.append(Ordered(place: side.removeFirst().place, repeatsLast: repeatsLast))
      while side.first?.repeatsLast == true { merged.append(side.removeFirst()) }
    }
    while let a = left.first, let b = right.first {
      switch try compare(a.place, b.place) {
      case .before: takeRun(&left, repeatsLast: false)
      case .after: takeRun(&right, repeatsLast: false)
      case .same:
        takeRun(&left, repeatsLast: false)
        takeRun(&right, repeatsLast: true)
      }
    }
    return merged + left + right
  }

  private static func compare(_ a: Place, _ b: Place) throws(Failure) -> KernelOrder {
    try Linux.compare(.file, of: a.pid, Int(a.number), with: b.pid, Int(b.number))
  }

  /// Those with an order.
  var orderedGroups: some Collection<Group> { orders.keys }

  /// The places of a group in the kernel's order, as far as they still stand so: one call each. In the freeze.
  func order(of group: Group) -> [Ordered] {
    guard let order = orders[group] else { return [] }
    for index in order.indices.dropFirst() {
      let expected: KernelOrder = order[index].repeatsLast ? .same : .before
      let found = ifThere { () throws(Failure) in
        try ForeseenFiles.compare(order[index - 1].place, order[index].place)
      }
      if found != expected { return Array(order[..<index]) }
    }
    return order
  }
}
