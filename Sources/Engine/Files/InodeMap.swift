internal import Images
internal import Linux

/// Paths of inodes that no handle leads to, found by going through directories (--irmap-scan-path): each directory is
/// read at most once a dump, and no deeper than until the inode is found.
final class InodeMap: KindState {
  private struct Inode: Hashable {
    let device: UInt32
    let inode: UInt64
  }

  /// Where watched files usually are, after what the user named.
  private static let usual = [
    "/etc", "/var/spool", "/var/log", "/usr/share/dbus-1", "/usr/share/polkit-1", "/var/lib/polkit-1", "/lib/udev",
  ]

  private var known: [Inode: FilePath] = [:]
  /// What an earlier search found: looked at before it is believed.
  private var hints: [Inode: FilePath] = [:]
  private var answers: [Inode: FilePath] = [:]
  /// Still to be read, the next one last; `nil` before the first search.
  private var waiting: [FilePath]?

  init() {}

  /// Takes what an earlier search found.
  func take(_ records: [IrmapCacheEntry]) {
    for record in records { hints[Inode(device: record.dev, inode: record.inode)] = FilePath(record.path.losslessBytes) }
  }

  /// What was asked for and found, by inode.
  var found: [IrmapCacheEntry] {
    answers.sorted { ($0.key.device, $0.key.inode) < ($1.key.device, $1.key.inode) }.map { inode, path in
      IrmapCacheEntry {
        $0.dev = inode.device
        $0.inode = inode.inode
        $0.path = String(lossless: path.bytes)
      }
    }
  }

  /// - Parameters:
  ///   - device: As fdinfo has it.
  ///   - root: Of the task, where its paths start.
  /// - Returns: A path from that root.
  func path(device: UInt32, inode: UInt64, in root: FilePath, options: DumpOptions) throws(Failure) -> FilePath? {
    let wanted = Inode(device: device, inode: inode)
    defer { answers[wanted] = known[wanted] }
    if let hint = hints.removeValue(forKey: wanted) { try note(hint, in: root) }
    if let path = known[wanted] { return path }
    if waiting == nil {
      let start = options.inodeMapPaths + InodeMap.usual
      waiting = start.reversed().map { FilePath($0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0) }
      try note("/", in: root)
    }
    while known[wanted] == nil, let next = waiting!.popLast() { try visit(next, in: root) }
    return known[wanted]
  }

  private func visit(_ path: FilePath, in root: FilePath) throws(Failure) {
    guard try note(path, in: root) == .directory else { return }
    let prefix = path == "/" ? [UInt8(ascii: "/")] : path.bytes + [UInt8(ascii: "/")]
    let names: [[UInt8]]
    do throws(Failure) {
      names = try root.appending(path).names(following: false, remedy: "Nothing: others are searched.")
    } catch { return }  // it is gone, or may not be read
    for name in names {
      let entry = FilePath(prefix + name)
      if try note(entry, in: root) == .directory { waiting!.append(entry) }
    }
  }

  @discardableResult
  private func note(_ path: FilePath, in root: FilePath) throws(Failure) -> InodeFormat? {
    guard let status = try root.appending(path).status() else { return nil }
    let inode = Inode(device: status.device.kernelForm, inode: status.inode)
    if known[inode] == nil { known[inode] = path }
    return status.format
  }
}
