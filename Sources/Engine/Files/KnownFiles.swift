internal import Linux

/// What was found out of files that are open more than once: it is not looked up again for each.
final class KnownFiles: KindState {
  struct Way: Hashable {
    let inode: FileDump.InodeKey
    let flags: UInt32
  }

  private var names: [FileDump.InodeKey: FilePath] = [:]
  private var buildIDs: [Way: [UInt32]] = [:]

  init() {}

  /// Has room for many names.
  func reserve(_ count: Int) { names.reserveCapacity(count) }

  /// - Returns: `nil` for one that was not met, or that may have other names too.
  func name(of descriptor: Descriptor) -> FilePath? {
    descriptor.status.linkCount == 1 ? names[FileDump.InodeKey(descriptor.status)] : nil
  }

  func note(_ name: FilePath, of descriptor: Descriptor) {
    if descriptor.status.linkCount == 1, descriptor.status.mountID != nil { names[FileDump.InodeKey(descriptor.status)] = name }
  }

  func note(_ foreseen: ForeseenMappedFiles.File, of descriptor: Descriptor) {
    note(foreseen.path, of: descriptor)
    buildIDs[Way(descriptor)] = foreseen.buildID
  }

  /// Whether nothing must be read for it.
  func knowsBuildID(of descriptor: Descriptor) -> Bool {
    !BuildID.isPossible(descriptor.status) || buildIDs[Way(descriptor)] != nil
  }

  func buildID(of descriptor: Descriptor) throws(Failure) -> [UInt32] {
    let way = Way(descriptor)
    if let known = buildIDs[way] { return known }
    let found = try BuildID.read(from: descriptor)
    buildIDs[way] = found
    return found
  }
}

extension KnownFiles.Way {
  fileprivate init(_ descriptor: Descriptor) {
    self.init(inode: FileDump.InodeKey(descriptor.status), flags: descriptor.flags)
  }
}
