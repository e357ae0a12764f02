internal import Images
internal import Linux
internal import Streams

/// Files without a name during a restore: they stand under a name that every task can open, which goes at the end.
final class GhostPlan: KindState {
  /// The ids of REG records by the number of their ghost.
  private var ghosts: [UInt32: [UInt32]] = [:]
  /// The id of a REG record, and of the one that has the path of another link to the file.
  private var links: [(id: UInt32, link: UInt32)] = []
  /// Where to open a file meanwhile, by the id of its REG record.
  private var paths: [UInt32: FilePath] = [:]
  private var standing = StandingFiles()
  /// Other links that a dump made, which go when the restore was successful.
  private(set) var leftLinks: [FilePath] = []

  /// Where a removed file stands meanwhile, by what its inode was at the dump.
  private var inodes: [Inode: FilePath] = [:]

  private struct Inode: Hashable {
    let device: UInt32
    let inode: UInt64
  }

  init() {}

  /// - Parameter device: As the kernel's own form has it.
  func path(ofDevice device: UInt32, inode: UInt64) -> FilePath? { inodes[Inode(device: device, inode: inode)] }

  func path(of record: RegFileEntry) -> FilePath? { paths[record.id] }

  // MARK: Plan

  /// In images without a type, this bit of remap_id tells a ghost.
  private static let oldGhostBit: UInt32 = 1 << 31

  func load(from source: any ImageSource, plan: FilePlan) throws(Failure) {
    for remap in try source.records(of: RemapFilePathEntry.self, in: .remapFpath) ?? [] {
      let isOldGhost = remap.remapType == nil && remap.remapId & GhostPlan.oldGhostBit != 0
      switch isOldGhost ? .ghost : remap.remapType ?? .linked {
      case .ghost: ghosts[remap.remapId & ~GhostPlan.oldGhostBit, default: []].append(remap.origId)
      case .linked: links.append((remap.origId, remap.remapId))
      case .procfs: plan.states[DeadProcessFiles.self].add(remap.origId, pid: remap.remapId)
      default:
        throw Failure(
          "restore the removed file", "file \(remap.origId): a remap of type \(remap.remapType!)", .badMessage,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
    }
  }

  // MARK: Restore, in the engine

  /// Makes the files, before any task is cloned.
  func prepare(from source: any ImageSource, plan: FilePlan, journal: any Journal) throws(Failure) {
    for (number, ids) in ghosts.sorted(by: { $0.key < $1.key }) {
      try during("making the removed file \(ImageKind.ghostFile.name(UInt64(number)))") { () throws(Failure) in
        try prepare(ghost: number, ids: ids, from: source, plan: plan, journal: journal)
      }
    }
    for (id, link) in links {
      try plan.options.fault.meet(.restoreOpenLinkRemap)
      let name = FilePath(try plan.regularFile(id).name.losslessBytes)
      let other = FilePath(try plan.regularFile(link).name.losslessBytes)
      if try name.status() == nil {
        paths[id] = name
        try standing.enter(name, isDirectory: false, journal: journal)
        try other.link(to: name, remedy: "Keep the files link_remap.* that the dump made next to removed ones.")
      } else {
        paths[id] = other
      }
      leftLinks.append(other)
    }
    let dead = try plan.states[DeadProcessFiles.self].prepare(tree: Set(plan.holders.map(\.pid))) {
      (id) throws(Failure) in FilePath(try plan.regularFile(id).name.losslessBytes)
    }
    paths.merge(dead) { $1 }
  }

  private func prepare(
    ghost number: UInt32, ids: [UInt32], from source: any ImageSource, plan: FilePlan, journal: any Journal
  ) throws(Failure) {
    guard let reader = try source.recordReader(.ghostFile, UInt64(number)),
      let record = try reader.next(GhostFileEntry.self)
    else {
      throw Failure(
        "find the removed file", "\(ImageKind.ghostFile.name(UInt64(number)))", .noEntry,
        remedy: "The set is not whole: restore from another copy of it.")
    }
    let ghost = GhostFile(record: record)
    var byName: [FilePath: FilePath] = [:]
    var first: FilePath?
    for id in ids.sorted() {
      let name = FilePath(try plan.regularFile(id).name.losslessBytes)
      if let known = byName[name] {
        paths[id] = known
      } else if let first, ghost.isDirectory {
        paths[id] = first
      } else {
        let path = try freePath(
          name, isTaken: plan.states[UnixSocketPaths.self].isNeeded(name), number: number, journal: journal)
        try standing.enter(path, isDirectory: ghost.isDirectory, journal: journal)
        if let first {
          try first.link(to: path, remedy: GhostFile.remedy)
        } else {
          try ghost.make(at: path, from: reader)
          first = path
          if let device = record.dev, let inode = record.ino { inodes[Inode(device: device, inode: inode)] = path }
        }
        byName[name] = path
        paths[id] = path
      }
    }
  }

  /// The file's own name, or one next to it when another file has that by now. Directories that are gone are made.
  private func freePath(
    _ name: FilePath, isTaken: Bool, number: UInt32, journal: any Journal
  ) throws(Failure) -> FilePath {
    try standing.makeDirectories(above: name, mode: 0o755, remedy: GhostFile.remedy, journal: journal)
    let isFree = try name.status() == nil
    if isFree, !isTaken { return name }
    let other = name.appending(".cr.\(String(number, radix: 16)).ghost")
    try other.unlink()
    return other
  }

  /// Takes the names away again, once every file is open.
  func cleanUp(_ plan: FilePlan, journal: any Journal) throws(Failure) {
    try standing.remove(journal: journal)
    try plan.states[DeadProcessFiles.self].cleanUp()
  }
}
