internal import Images
internal import Linux
internal import Streams

/// Removed files that have other names: a dump gives them one more, next to the removed one, that a restore can open
/// (--link-remap).
final class LinkRemaps: KindState {
  private struct Inode: Hashable {
    var device: DeviceNumber
    var inode: UInt64
  }

  /// The id of the record of a link, by what it names.
  private var ids: [Inode: UInt32] = [:]
  private var made: [(path: FilePath, entry: Int?)] = []

  init() {}

  /// - Returns: The id of a record with the path of the link.
  func id(for descriptor: Descriptor, removedFrom path: FilePath, in dump: FileDump) throws(Failure) -> UInt32 {
    guard dump.options.linkRemap else {
      throw Failure(
        "dump the removed file", "\(descriptor.subject): \(path), which has \(descriptor.status.linkCount) other names",
        .notSupported, remedy: "Give --link-remap, which makes one more name for it, or put its name back.")
    }
    let inode = Inode(device: descriptor.status.device, inode: descriptor.status.inode)
    if let id = ids[inode] { return id }
    var id = dump.takeID()
    var link = name(id, nextTo: path)
    while try link.status() != nil {
      id = dump.takeID()
      link = name(id, nextTo: path)
    }
    let entry = try dump.journal?.enter(.fileMade(path: link))
    made.append((link, entry))
    try descriptor.magicLink.link(
      to: link, remedy: "Keep the directory of the removed file, on the same mount and writable, until the restore.")
    ids[inode] = id
    let record = RegFileEntry {
      $0.id = id
      $0.name = String(lossless: link.bytes)
    }
    dump.append(
      FileEntry {
        $0.type = .reg
        $0.id = id
        $0.reg = record
      })
    return id
  }

  private func name(_ id: UInt32, nextTo path: FilePath) -> FilePath {
    let directory = path.parent
    return (directory == "/" ? "" : directory).appending("/link_remap.\(id)")
  }

  /// Where the tree runs on, as upstream does: nobody else would remove them.
  func remove(journal: (any Journal)?) throws(Failure) {
    while let link = made.popLast() {
      try link.path.unlink()
      if let entry = link.entry { journal?.strike(entry) }
    }
  }
}
