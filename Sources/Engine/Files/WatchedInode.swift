internal import Images
internal import Linux

/// An inode that inotify or fanotify watches, as its record has it: by its handle, and where one is found, by a path,
/// which a restore prefers.
final class WatchedInodes: KindState {
  /// By mount namespace, as /proc names it.
  private var mounts: [String: [MountPoint]] = [:]

  init() {}

  /// The mounts that a task sees.
  func mounts(of pid: Int32) throws(Failure) -> [MountPoint] {
    let namespace = try FilePath("/proc/\(pid)/ns/mnt").readLink(remedy: "Run as root, and see that /proc shows the task.")
    if let known = mounts["\(namespace)"] { return known }
    let all = try MountPoint.all(of: "\(pid)")
    mounts["\(namespace)"] = all
    return all
  }

  // MARK: Dump

  /// - Throws: `ENOENT` when neither a handle nor a search leads to the inode.
  func entry(for line: WatchLine, of descriptor: Descriptor, in dump: FileDump) throws(Failure) -> FhEntry {
    let (device, inode) = (line.device, line.inode)
    let handle = line.handle
    var entry = FhEntry {
      $0.bytes = UInt32(handle?.bytes.count ?? 0)
      $0.type = UInt32(bitPattern: handle?.type ?? 0)
      $0.handle = WatchedInodes.words(handle?.bytes ?? [])
    }
    let found = try find(handle, device: device, inode: inode, of: descriptor.task.pid)
    switch found {
    case .path(let path):
      entry.path = String(lossless: path.bytes)
      return entry
    case .nameless: return entry
    case .handleOnly where !dump.options.forcesInodeMap: return entry
    case .handleOnly, .nothing: break
    }
    let root = FilePath("/proc/\(descriptor.task.pid)/root")
    guard let path = try dump.states[InodeMap.self].path(device: device, inode: inode, in: root, options: dump.options)
    else {
      throw Failure(
        "find the watched inode",
        "\(descriptor.subject): inode \(inode) of device \(String(device, radix: 16))", .noEntry,
        remedy: "Name a directory above it by --irmap-scan-path, or have the program remove the watch.")
    }
    entry.path = String(lossless: path.bytes)
    return entry
  }

  /// Whether only a search through directories leads to a path.
  func needsSearch(for line: WatchLine, of pid: Int32, options: DumpOptions) throws(Failure) -> Bool {
    switch try find(line.handle, device: line.device, inode: line.inode, of: pid) {
    case .path, .nameless: false
    case .handleOnly: options.forcesInodeMap
    case .nothing: true
    }
  }

  private enum Found {
    case path(FilePath)
    /// The handle works, and no path leads there.
    case handleOnly
    /// The handle works; the file was removed.
    case nameless
    case nothing
  }

  private func find(_ handle: FileHandle?, device: UInt32, inode: UInt64, of pid: Int32) throws(Failure) -> Found {
    guard let handle else { return .nothing }
    var best = Found.nothing
    for mount in try mounts(of: pid) where mount.device.kernelForm == device {
      let place = FilePath("/proc/\(pid)/root").appending(mount.path)
      guard try place.status(following: true)?.format == .directory else { continue }
      let opened: OwnedFD?
      do throws(Failure) { opened = try handle.open(onMountOf: place) } catch where error.errno == .notPermitted {
        // Handles are for those who may read everything (CAP_DAC_READ_SEARCH); others have to search.
        return .nothing
      }
      guard let file = opened else { continue }
      let status = try file.borrowed().status("inode \(inode)")
      guard status.inode == inode else { continue }
      if status.linkCount == 0 { return .nameless }
      let path = try WatchedInodes.magicLink(file.borrowed()).readLink(remedy: "See that /proc is mounted.")
      if let named = try path.status(), named.isSameInode(as: status) { return .path(path) }
      best = .handleOnly
    }
    return best
  }

  // MARK: Restore

  /// Opens the inode by O_PATH.
  func open(
    _ entry: FhEntry, device: UInt32, inode: UInt64, in plan: FilePlan, _ subject: String
  ) throws(Failure) -> OwnedFD {
    let flags = Int32(FileFlags.pathOnly | FileFlags.noFollow)
    let remedy = "Put the watched file back where it was at the dump."
    if let ghost = plan.states[GhostPlan.self].path(ofDevice: device, inode: inode) {
      return try ghost.open(flags: flags, remedy: remedy)
    }
    if let path = entry.path { return try FilePath(path.losslessBytes).open(flags: flags, remedy: remedy) }
    let handle = FileHandle(
      type: Int32(bitPattern: entry.type), bytes: WatchedInodes.bytes(entry.handle, count: Int(entry.bytes)))
    for mount in try mounts(of: currentPid()) where mount.device.kernelForm == device {
      guard try mount.path.status(following: true)?.format == .directory else { continue }
      if let file = try handle.open(onMountOf: mount.path) { return file }
    }
    throw Failure(
      "find the watched inode", "\(subject): inode \(inode) of device \(String(device, radix: 16))", .noEntry,
      remedy: "It has no path in the images: restore where it was dumped, or dump with --force-irmap.")
  }

  /// A path to an open file of ours, which ends at its inode whatever that is.
  static func magicLink(_ file: BorrowedFD) -> FilePath { FilePath("/proc/self/fd/\(file.raw)") }

  // MARK: Words

  /// As images hold a handle: always 16 words, its bytes in memory order.
  private static let wordCount = 16

  static func words(_ bytes: [UInt8]) -> [UInt64] {
    (0..<wordCount).map { word in
      (0..<8).reduce(UInt64(0)) { sum, index in
        let place = word * 8 + index
        return place < bytes.count ? sum | UInt64(bytes[place]) << (8 * UInt64(index)) : sum
      }
    }
  }

  static func bytes(_ words: [UInt64], count: Int) -> [UInt8] {
    Array(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }.prefix(count))
  }
}

/// A line of fdinfo about a watch: words of the form "key:value", the values hexadecimal.
struct WatchLine {
  private var values: [Substring: Substring] = [:]

  init(_ line: Substring) {
    for word in line.split(separator: " ") {
      guard let colon = word.firstIndex(of: ":") else { continue }
      values[word[..<colon]] = word[word.index(after: colon)...]
    }
  }

  /// As fdinfo has it.
  var device: UInt32 { UInt32(truncatingIfNeeded: self["sdev"] ?? 0) }
  var inode: UInt64 { self["ino"] ?? 0 }

  subscript(key: Substring) -> UInt64? { values[key].flatMap { UInt64($0, radix: 16) } }

  /// `nil` where the file system knows no handles.
  var handle: FileHandle? {
    guard let digits = values["f_handle"], let type = self["fhandle-type"], let count = self["fhandle-bytes"] else {
      return nil
    }
    let text = Array(digits.utf8)
    let bytes = stride(from: 0, to: text.count - 1, by: 2).compactMap {
      UInt8(String(decoding: text[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
    guard bytes.count == Int(count), count <= 128 else { return nil }
    return FileHandle(type: Int32(truncatingIfNeeded: type), bytes: bytes)
  }
}
