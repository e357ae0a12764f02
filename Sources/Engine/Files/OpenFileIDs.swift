internal import Linux

/// Numbers for open files: descriptors of one open file description get one number, whoever holds them.
///
/// kcmp(2) decides, but only among descriptors of the same inode and flags, and there by bisection in the kernel's own
/// order: 5,000 descriptors of one file cost 13 calls each, or one where their order was foreseen. Anonymous inodes all
/// look alike; eventfds have a number, and epoll sets differ by what they watch.
struct OpenFileIDs {
  typealias Place = ForeseenFiles.Place

  final class OpenFile {
    let place: Place
    /// `nil` of one that was foreseen and not met yet.
    var id: UInt32?

    init(_ place: Place, id: UInt32? = nil) {
      self.place = place
      self.id = id
    }
  }

  /// The open files of one inode and flags.
  final class Group {
    /// In the kernel's order.
    var files: [OpenFile] = []
    private(set) var foreseen: [Place: OpenFile] = [:]

    init(_ order: [ForeseenFiles.Ordered]) {
      for ordered in order {
        if !ordered.repeatsLast { files.append(OpenFile(ordered.place)) }
        foreseen[ordered.place] = files.last
      }
    }
  }

  /// What is known of an inode and flags.
  enum Known {
    /// Several descriptors, in an order that is not confirmed yet.
    case foreseen
    /// One open file was met.
    case one(Place, id: UInt32)
    case group(Group)
  }

  private let foreseen: ForeseenFiles
  private var known: [ForeseenFiles.Group: Known] = [:]

  init(foreseen: ForeseenFiles) {
    self.foreseen = foreseen
    known.reserveCapacity(foreseen.descriptorCount)
    for group in foreseen.orderedGroups { known[group] = .foreseen }
  }

  /// - Returns: The number of the descriptor's file, and whether it is a new one, taken from `next`.
  mutating func id(
    of descriptor: Descriptor, at number: CInt, next: () -> UInt32
  ) throws(Failure) -> (id: UInt32, isNew: Bool) {
    let place = Place(pid: descriptor.holder, number: number)
    let key = ForeseenFiles.Group(
      device: descriptor.status.device, inode: descriptor.status.inode, flags: descriptor.flags,
      sign: descriptor.status.format == .none ? try OpenFileIDs.sign(descriptor.info()) : nil)
    let group: Group
    switch OpenFileIDs.find(key, in: &known[key], ifNew: place, foreseen, next) {
    case .new(let id): return (id, true)
    case .met(let found): group = found
    }
    let (low, found) = try self.place(of: place, in: group)
    if let id = found?.id { return (id, false) }
    let id = next()
    if let found { found.id = id } else { group.files.insert(OpenFile(place, id: id), at: low) }
    return (id, true)
  }

  private enum Found {
    case new(UInt32)
    case met(Group)
  }

  /// - Parameter slot: Of the group, in the table: most files are the first of theirs, which is to cost one search.
  private static func find(
    _ key: ForeseenFiles.Group, in slot: inout Known?, ifNew place: Place, _ foreseen: ForeseenFiles, _ next: () -> UInt32
  ) -> Found {
    let group: Group
    switch slot {
    case nil:
      let id = next()
      slot = .one(place, id: id)
      return .new(id)
    case .group(let group)?: return .met(group)
    case .foreseen?: group = Group(foreseen.order(of: key))
    case .one(let place, let id)?:
      group = Group([])
      group.files.append(OpenFile(place, id: id))
    }
    slot = .group(group)
    return .met(group)
  }

  /// - Returns: The open file, or `nil` and where it belongs.
  private func place(of place: Place, in group: Group) throws(Failure) -> (Int, OpenFile?) {
    if group.files.isEmpty { return (0, nil) }
    if let file = group.foreseen[place] { return (0, file) }
    var (low, high) = (0, group.files.count)
    while low < high {
      let middle = (low + high) / 2
      let file = group.files[middle]
      switch try compare(.file, of: place.pid, Int(place.number), with: file.place.pid, Int(file.place.number)) {
      case .same: return (middle, file)
      case .before: high = middle
      case .after: low = middle + 1
      }
    }
    return (low, nil)
  }

  private static func sign(_ info: FDInfo) -> ArraySlice<UInt8>? {
    info.first(of: "eventfd-id:") ?? info.first(of: "tfd:")
  }
}
