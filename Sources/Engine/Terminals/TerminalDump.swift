internal import Images
internal import Linux

/// What a dump knows of terminals.
final class TerminalDump: KindState {
  /// By id.
  private(set) var infos: [UInt32: TtyInfoEntry] = [:]
  /// What waits to be read, by the id of the side that reads it.
  private(set) var data: [TtyDataEntry] = []
  private var subjects: [UInt32: String] = [:]
  /// Copies of ours, of both sides of pairs; until `drain`.
  private var files: [UInt32: BorrowedFD] = [:]
  private var externalKeys: [String] = []
  /// The session and foreground group of each terminal that a task of the tree is controlled by, by device number.
  private var controlled: [UInt32: (session: Int32, group: Int32)]?

  /// - Parameter number: The kernel's own number of an external terminal, in order of first sight.
  func externalNumber(of key: String) -> UInt32 {
    if let index = externalKeys.firstIndex(of: key) { return UInt32(index) }
    externalKeys.append(key)
    return UInt32(externalKeys.count - 1)
  }

  func note(
    _ role: TerminalRole, _ descriptor: Descriptor, in dump: FileDump
  ) throws(Failure) {
    guard infos[role.infoID] == nil else { return }
    let (terminal, subject) = (try descriptor.file, descriptor.subject)
    var info = TtyInfoEntry()
    info.id = role.infoID
    info.type = role.type
    info.rdev = UInt32(truncatingIfNeeded: descriptor.status.deviceNode.libraryForm)
    info.dev = UInt32(truncatingIfNeeded: descriptor.status.device.libraryForm)
    info.uid = descriptor.status.uid
    info.gid = descriptor.status.gid
    info.exclusive = try terminal.terminalNumber(.isExclusive, subject) ?? 0 != 0
    if case .master(let index) = role {
      info.pty = TtyPtyEntry { $0.index = index }
      info.locked = try terminal.terminalNumber(.isLocked, subject) ?? 0 != 0
      info.packetMode = try terminal.terminalNumber(.isPacketMode, subject) ?? 0 != 0
      info.sid = virtual(try terminal.terminalNumber(.session, subject), in: dump)
      info.pgrp = virtual(try terminal.terminalNumber(.foregroundGroup, subject), in: dump)
    } else {
      if case .slave(let index) = role { info.pty = TtyPtyEntry { $0.index = index } }
      let controlled =
        role == .controlling ? try controlling(descriptor.task.pid) : try controlled(info.rdev, in: dump)
      if let controlled {
        info.sid = virtual(controlled.session, in: dump)
        info.pgrp = virtual(controlled.group, in: dump)
      }
    }
    if let modes = try terminal.terminalModes(.current, subject) {
      info.termios = TermiosEntry(modes)
      info.termiosLocked = try terminal.terminalModes(.locked, subject).map { TermiosEntry($0) }
      info.winsize = WinsizeEntry(try terminal.windowSize(subject))
    }
    infos[info.id] = info
    subjects[info.id] = subject
    if info.type == .pty { files[info.id] = BorrowedFD(try terminal.duplicate(from: 0, subject)) }
  }

  /// Takes what waits in the pairs that are whole, and puts it back at once: the dump may still fail, or the tree run
  /// on.
  func drain() throws(Failure) {
    defer {
      for file in files.values { file.close() }
      files = [:]
    }
    for info in infos.values.sorted(by: { $0.id < $1.id }) where info.isSlave {
      guard let slave = files[info.id], let master = files[info.id + 1], info.termios != nil else { continue }
      let subject = "/dev/pts/\(info.id / 2)"
      let isPacketMode = infos[info.id + 1]?.packetMode ?? false
      let forSlave = try TerminalQueues.take(from: slave, isPacketMode: false, subject)
      let forMaster = try TerminalQueues.take(from: master, isPacketMode: isPacketMode, subject)
      try TerminalQueues.put(forSlave: forSlave, forMaster: forMaster, master: master, slave: slave, subject)
      for (id, bytes) in [(info.id, forSlave), (info.id + 1, forMaster)] where !bytes.isEmpty {
        data.append(TtyDataEntry { ($0.ttyId, $0.data) = (id, bytes) })
      }
    }
  }

  private func virtual(_ pid: Int32?, in dump: FileDump) -> UInt32 {
    guard let pid, pid > 0 else { return 0 }
    return UInt32(bitPattern: dump.virtualPids[pid] ?? pid)
  }

  /// Of the terminal that /dev/tty is to a task.
  private func controlling(_ pid: Int32) throws(Failure) -> (session: Int32, group: Int32)? {
    let stat = try ProcStat(pid: pid)
    return stat.terminal == 0 ? nil : (stat.session, stat.terminalProcessGroup)
  }

  private func controlled(_ device: UInt32, in dump: FileDump) throws(Failure) -> (session: Int32, group: Int32)? {
    if controlled == nil {
      var found: [UInt32: (session: Int32, group: Int32)] = [:]
      for pid in dump.virtualPids.keys {
        let stat = try ProcStat(pid: pid)
        if stat.terminal != 0 {
          found[UInt32(bitPattern: stat.terminal)] = (stat.session, stat.terminalProcessGroup)
        }
      }
      controlled = found
    }
    return controlled![device]
  }

  /// A slave whose master is outside of the tree belongs to somebody else's terminal.
  func check(_ options: DumpOptions) throws(Failure) {
    for info in infos.values.sorted(by: { $0.id < $1.id })
    where info.isSlave && infos[info.id + 1] == nil && info.termios != nil && !options.isShellJob {
      throw Failure(
        "dump the terminal", "\(subjects[info.id] ?? ""), \(info.key): its other side is not of the tree",
        .notSupported,
        remedy: "Give --shell-job here and at the restore, which then uses the terminal that it is started from, "
          + "or --external '\(info.key)'.")
    }
  }
}
