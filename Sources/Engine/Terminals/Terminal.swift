internal import Images
internal import Linux
internal import Streams

/// Terminals (tty(4), pty(7)). A pair is made by one task. A slave whose master is outside of the tree becomes the
/// terminal that the restore was started from (--shell-job), or one that the user gives (--inherit-fd).
enum Terminal: FileKind {
  static var type: FdTypes { .tty }

  /// The name under which a restore keeps the terminal that it was started from.
  static let shellJobResource = "tty of the shell job"

  // MARK: Dump

  static func recognises(_ descriptor: Descriptor) -> Bool {
    descriptor.status.format == .characterDevice && descriptor.flags & FileFlags.pathOnly == 0
      && TerminalRole(device: descriptor.status.deviceNode, pairIndex: 0) != nil
  }

  static func dump(_ descriptor: Descriptor, id: UInt32, into dump: FileDump) throws(Failure) -> FileEntry {
    let role = try role(of: descriptor, in: dump)
    try dump.states[TerminalDump.self].note(role, descriptor, in: dump)
    var record = TtyFileEntry()
    record.id = id
    record.ttyInfoId = role.infoID
    record.flags = descriptor.flags
    record.fown = try FileOwner.dump(descriptor, virtualPids: dump.virtualPids)
    if role.type != .extTty { record.regfId = try node(of: descriptor, in: dump) }
    return FileEntry {
      $0.type = type
      $0.id = id
      $0.tty = record
    }
  }

  private static func role(of descriptor: Descriptor, in dump: FileDump) throws(Failure) -> TerminalRole {
    let status = descriptor.status
    let key =
      "\(String(status.deviceNode.libraryForm, radix: 16)):\(String(status.device.libraryForm, radix: 16))"
    if dump.options.external.contains(where: { $0.kind == .terminal && $0.id == key }) {
      return .external(key: "tty[\(key)]", number: dump.states[TerminalDump.self].externalNumber(of: key))
    }
    let index = try descriptor.file.terminalNumber(.pairIndex, descriptor.subject) ?? 0
    guard let role = TerminalRole(device: status.deviceNode, pairIndex: UInt32(bitPattern: index)) else {
      throw Failure(
        "tell what the terminal is", descriptor.subject, .notSupported,
        remedy: "Declare it with --external 'tty[\(key)]'.")
    }
    return role
  }

  /// The record of the device node; it only has a path, and comes before the terminal's.
  private static func node(of descriptor: Descriptor, in dump: FileDump) throws(Failure) -> UInt32 {
    let id = dump.takeID()
    let link = try descriptor.link()
    let record = RegFileEntry {
      $0.id = id
      $0.flags = descriptor.flags
      // A slave whose master is gone has lost its node, and gets it back with a master for the moment.
      $0.name = String(lossless: (link.dropping(suffix: " (deleted)") ?? link).bytes)
      $0.mode = descriptor.status.mode
    }
    dump.append(
      FileEntry {
        $0.type = .reg
        $0.id = id
        $0.reg = record
      })
    return id
  }

  static func conclude(_ dump: FileDump) throws(Failure) {
    let terminals = dump.states[TerminalDump.self]
    try terminals.check(dump.options)
    try terminals.drain()
  }

  static func writeRecords(of dump: FileDump, to sink: any ImageSink) throws(Failure) {
    let infos = dump.states[TerminalDump.self].infos.values.sorted { $0.id < $1.id }
    if !infos.isEmpty { try sink.write(records: infos, to: .ttyInfo) }
    let data = dump.states[TerminalDump.self].data
    if !data.isEmpty { try sink.write(records: data, to: .ttyData) }
  }

  // MARK: Restore

  /// With --shell-job, our standard input is kept for the tree, if it is a terminal.
  static func keepingOwn(_ options: RestoreOptions) -> RestoreOptions {
    guard options.isShellJob, (try? BorrowedFD(0).terminalModes(.current, "standard input")) != nil else {
      return options
    }
    var options = options
    options.inherited.append(.init(descriptor: 0, resource: shellJobResource))
    return options
  }

  static func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    try plan.states[TerminalPlan.self].load(from: source)
  }

  static func check(_ entry: FileEntry, in plan: FilePlan) throws(Failure) {
    let record = try entry.require(entry.tty, "tty")
    let info = try plan.states[TerminalPlan.self].info(record)
    if info.type == .extTty { return try plan.states[TerminalPlan.self].checkGiven(info, plan.options) }
    _ = try plan.regularFile(record.regfId ?? 0)
  }

  /// /dev/tty is made with the pair that it stands for.
  static func group(of entry: FileEntry, in plan: FilePlan) -> FileGroupKey {
    let id = entry.tty?.ttyInfoId ?? 0
    return FileGroupKey(type: type, number: UInt64((plan.states[TerminalPlan.self].pair(of: id) ?? id) & ~1))
  }

  static func make(_ group: FileGroup, in restore: FileRestore) throws(Failure) -> [MadeFile] {
    try TerminalMaker(restore).make(group)
  }

  static func finish(_ entry: FileEntry, at number: CInt, in restore: FileRestore) throws(Failure) {
    let record = try entry.require(entry.tty, "tty")
    let info = try restore.plan.states[TerminalPlan.self].info(record)
    try TerminalMaker(restore).settle(BorrowedFD(number), info)
    try FileOwner.restore(record.fown, flags: record.flags, at: number, of: entry.key)
  }

  static func borrowForTask(_ restore: FileRestore) throws(Failure) {
    try TerminalMaker(restore).borrowSessionTerminal()
  }

  static func finishTask(_ restore: FileRestore) throws(Failure) {
    try TerminalMaker(restore).control()
  }
}
