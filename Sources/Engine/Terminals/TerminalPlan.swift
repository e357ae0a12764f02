internal import Images
internal import Linux
internal import Streams

/// What a restore knows of terminals: tty-info.img and tty-data.img.
final class TerminalPlan: KindState {
  /// By id.
  private(set) var infos: [UInt32: TtyInfoEntry] = [:]
  /// What waits to be read, by the id of the side that reads it.
  private(set) var data: [UInt32: [UInt8]] = [:]

  func load(from source: any ImageSource) throws(Failure) {
    for info in try source.records(of: TtyInfoEntry.self, in: .ttyInfo) ?? [] { infos[info.id] = info }
    for record in try source.records(of: TtyDataEntry.self, in: .ttyData) ?? [] {
      data[record.ttyId, default: []] += record.data
    }
  }

  func info(_ record: TtyFileEntry) throws(Failure) -> TtyInfoEntry {
    if let info = infos[record.ttyInfoId] { return info }
    throw Failure(
      "find the terminal", "\(record.ttyInfoId) in \(ImageKind.ttyInfo.name())", .badMessage,
      remedy: "The image is damaged: restore from another copy of the set.")
  }

  /// The terminal of the session that /dev/tty was opened in.
  ///
  /// - Returns: The smaller id of a pair; `nil` for other terminals than /dev/tty.
  func pair(of id: UInt32) -> UInt32? {
    guard let info = infos[id], info.type == .ctty, info.sid != 0 else { return nil }
    return infos.values.filter { $0.type == .pty && $0.sid == info.sid }.map(\.id).min()
  }

  func checkGiven(_ info: TtyInfoEntry, _ options: RestoreOptions) throws(Failure) {
    guard options.inherited.contains(where: { $0.resource == info.key }) else {
      throw Failure(
        "find the external terminal", info.key, .noEntry, remedy: "Give it with --inherit-fd 'fd[N]:\(info.key)'.")
    }
  }
}
