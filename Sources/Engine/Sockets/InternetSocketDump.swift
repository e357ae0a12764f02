internal import Linux

/// The kernel's lists of internet sockets, each read once while the tree is frozen.
final class InternetSocketDump: KindState {
  private struct Key: Hashable {
    let family, protocolNumber: UInt32
    let isRaw: Bool
  }

  private var tables: [Key: InetSocketTable] = [:]

  /// - Returns: `nil` for a socket that was neither bound nor connected, which the kernel does not list.
  func description(
    of inode: UInt32, family: UInt32, protocol number: UInt32, isRaw: Bool
  ) throws(Failure) -> InetSocketDescription? {
    let key = Key(family: family, protocolNumber: number, isRaw: isRaw)
    if let table = tables[key] { return table.sockets[inode] }
    let table = try InetSocketTable.read(family: family, protocol: number, isRaw: isRaw)
    tables[key] = table
    return table.sockets[inode]
  }
}
