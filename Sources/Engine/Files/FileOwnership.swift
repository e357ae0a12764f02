internal import Images
internal import Linux

/// Which task makes which files: the first in the order of the plan that holds a descriptor of any file of the group.
/// Files that only lie in another file, such as in a socket's queue, are made where that one is.
struct FileOwnership {
  struct Group: Hashable {
    let key: FileGroupKey
    /// An index into the holders.
    let owner: Int
    /// By ascending id.
    let members: [FileKey]
  }

  /// In the order in which they are to be made by their owners: by owner, then by the first descriptor that wants them;
  /// what is carried comes after its carriers.
  private(set) var groups: [Group] = []

  /// - Parameters:
  ///   - describe: A file's group and what it carries; `nil` for what is no file.
  ///   - members: The files of each group.
  init(
    holders: [FileHolder],
    describing describe: (FileKey) -> (group: FileGroupKey, carried: [FileKey])?,
    members: () -> [FileGroupKey: [FileKey]]
  ) {
    let members = members()
    var seen: Set<FileGroupKey> = []
    var waiting: [(group: FileGroupKey, owner: Int)] = []
    for (index, holder) in holders.enumerated() {
      for descriptor in holder.descriptors {
        guard let group = describe(descriptor.key)?.group, seen.insert(group).inserted else { continue }
        waiting.append((group, index))
      }
    }
    var next = 0
    while next < waiting.count {
      let (group, owner) = waiting[next]
      next += 1
      var files = members[group] ?? []
      if files.count > 1 { files.sort { $0.id < $1.id } }
      groups.append(Group(key: group, owner: owner, members: files))
      for file in files {
        for carried in describe(file)?.carried ?? [] {
          guard let group = describe(carried)?.group, seen.insert(group).inserted else { continue }
          waiting.append((group, owner))
        }
      }
    }
  }
}
