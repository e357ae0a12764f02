internal import Images
internal import Linux

/// Makes terminals in the task that owns them, and gives sessions theirs.
struct TerminalMaker {
  private let restore: FileRestore
  private let plan: TerminalPlan

  init(_ restore: FileRestore) {
    self.restore = restore
    plan = restore.plan.states[TerminalPlan.self]
  }

  private struct Member {
    let key: FileKey
    let record: TtyFileEntry
    let info: TtyInfoEntry
  }

  func make(_ group: FileGroup) throws(Failure) -> [MadeFile] {
    var members: [Member] = []
    for entry in group.entries {
      let record = try entry.require(entry.tty, "tty")
      members.append(Member(key: entry.key, record: record, info: try plan.info(record)))
    }
    let controlling = members.filter { $0.info.type == .ctty }
    members.removeAll { $0.info.type == .ctty }
    guard let first = members.first else { return try openByPath(controlling) }
    if let given = given(first.info) { return try open(members, from: given) + openByPath(controlling) }
    guard first.info.type == .pty else { return try openByPath(members) }
    let pair = try makePair(members)
    // The session must have its terminal before /dev/tty is anything.
    if !controlling.isEmpty, let slave = members.first(where: \.info.isSlave),
      let file = pair.first(where: { $0.key == slave.key })
    {
      try become(slave.info, BorrowedFD(file.descriptor))
    }
    return try pair + openByPath(controlling)
  }

  private func become(_ info: TtyInfoEntry, _ slave: BorrowedFD) throws(Failure) {
    guard info.sid == UInt32(bitPattern: restore.holder.pid) else { return }
    try slave.becomeControllingTerminal("terminal \(info.id) of pid \(info.sid)")
  }

  // MARK: Terminals from outside

  /// What takes the place of a terminal: by name, or for a slave without its master the one that we were started from.
  private func given(_ info: TtyInfoEntry) -> BorrowedFD? {
    if let given = restore.inherited(info.key) { return given }
    guard isOfShell(info) else { return nil }
    return restore.inherited(Terminal.shellJobResource)
  }

  private func isOfShell(_ info: TtyInfoEntry) -> Bool {
    info.isSlave && plan.infos[info.id + 1] == nil && info.termios != nil
  }

  private func open(_ members: [Member], from given: BorrowedFD) throws(Failure) -> [MadeFile] {
    try members.map { (member) throws(Failure) in
      MadeFile(
        key: member.key,
        descriptor: try given.reopened(flags: opening(member.record.flags), member.info.key))
    }
  }

  private func opening(_ flags: UInt32) -> UInt32 {
    flags & ~FileFlags.signalDriven | FileFlags.noControllingTerminal
  }

  private func openByPath(_ members: [Member]) throws(Failure) -> [MadeFile] {
    try members.map { (member) throws(Failure) in
      MadeFile(key: member.key, descriptor: try openNode(member).release())
    }
  }

  private func openNode(_ member: Member) throws(Failure) -> OwnedFD {
    let node = try restore.plan.regularFile(member.record.regfId ?? 0)
    return try restore.plan.path(of: node).open(
      flags: Int32(bitPattern: opening(member.record.flags)),
      remedy: "Restore where this terminal exists, or give one in its place: --inherit-fd 'fd[N]:\(member.info.key)'.")
  }

  // MARK: Pairs

  private func makePair(_ members: [Member]) throws(Failure) -> [MadeFile] {
    let masters = members.filter(\.info.isMaster)
    let index = members[0].info.pty?.index ?? members[0].info.id / 2
    if masters.isEmpty, isOfShell(members[0].info) {
      throw Failure(
        "find the other side of the terminal", "\(members[0].key): /dev/pts/\(index)", .notSupported,
        remedy: "Give --shell-job and start the restore from a terminal, "
          + "or give one with --inherit-fd 'fd[N]:\(members[0].info.key)'.")
    }
    let master = try openMaster(index: index, masters.first)
    try master.borrowed().setTerminalNumber(.setLocked, 0, "/dev/pts/\(index)")
    var made: [MadeFile] = []
    for member in members where member.info.isSlave {
      let slave = try openSlave(member, of: master.borrowed())
      made.append(MadeFile(key: member.key, descriptor: slave.release()))
    }
    try fill(index: index, master: master.borrowed(), slave: made.first.map { BorrowedFD($0.descriptor) })
    for member in masters {
      let copy = try master.borrowed().duplicate(from: 0, "\(member.key)")
      try BorrowedFD(copy).restoreStatusFlags(member.record.flags, of: member.key)
      made.append(MadeFile(key: member.key, descriptor: copy))
    }
    // Without a master in the tree the slaves are hung up from here on, as they were.
    return made
  }

  /// Numbers are given out from the lowest free one on, so others are held until it is this one's turn.
  private func openMaster(index: UInt32, _ member: Member?) throws(Failure) -> OwnedFD {
    var path: FilePath = "/dev/ptmx"
    if let member { path = restore.plan.path(of: try restore.plan.regularFile(member.record.regfId ?? 0)) }
    var held: [CInt] = []
    defer { for number in held { BorrowedFD(number).close() } }
    while true {
      let master = try path.open(
        flags: Int32(FileFlags.readWrite | FileFlags.noControllingTerminal),
        remedy: "Mount devpts, and raise kernel.pty.max or close other terminals.")
      let number = UInt32(bitPattern: try master.borrowed().terminalNumber(.pairIndex, "\(path)") ?? -1)
      if number == index { return master }
      held.append(master.release())
      guard number < index else {
        throw Failure(
          "make the terminal", "/dev/pts/\(index)", .exists,
          remedy: "Another program has this terminal: close it, or restore with a devpts of its own.")
      }
    }
  }

  private func openSlave(_ member: Member, of master: BorrowedFD) throws(Failure) -> OwnedFD {
    let node = try restore.plan.regularFile(member.record.regfId ?? 0)
    let path = restore.plan.path(of: node)
    if let uid = member.info.uid, let gid = member.info.gid { try path.setOwner(uid: uid, gid: gid) }
    if let mode = node.mode { try path.setPermissions(mode) }
    return try openNode(member)
  }

  private func fill(index: UInt32, master: BorrowedFD, slave: BorrowedFD?) throws(Failure) {
    let subject = "/dev/pts/\(index)"
    let (forSlave, forMaster) = (plan.data[2 * index] ?? [], plan.data[2 * index + 1] ?? [])
    guard !forSlave.isEmpty || !forMaster.isEmpty else { return }
    // Even without a slave in the tree, what its programs wrote is there for the master.
    let opened = slave == nil ? try master.openSlave(flags: FileFlags.readWrite, subject).release() : nil
    defer { if let opened { BorrowedFD(opened).close() } }
    guard let slave = slave ?? opened.map({ BorrowedFD($0) }) else { return }
    try TerminalQueues.put(forSlave: forSlave, forMaster: forMaster, master: master, slave: slave, subject)
  }

  // MARK: Last

  /// Modes and size. A terminal from outside keeps its size and its owner, which are those of its window.
  func settle(_ terminal: BorrowedFD, _ info: TtyInfoEntry) throws(Failure) {
    let subject = "terminal \(info.id)"
    let isGiven = given(info) != nil
    try withTerminalOutputAllowed { () throws(Failure) in
      if let modes = info.termios?.modes { try terminal.setTerminalModes(modes, .current, subject) }
      guard !isGiven else { return }
      if let locked = info.termiosLocked?.modes, locked != (try terminal.terminalModes(.locked, subject)) {
        try terminal.setTerminalModes(locked, .locked, subject)
      }
      if let size = info.winsize?.size { try terminal.setWindowSize(size, subject) }
      if info.exclusive { try terminal.makeTerminalExclusive(subject) }
      guard info.isMaster else { return }
      if info.packetMode { try terminal.setTerminalNumber(.setPacketMode, 1, subject) }
      if info.locked { try terminal.setTerminalNumber(.setLocked, 1, subject) }
    }
  }

  /// In every task: if it leads a session that had a terminal, takes that, while whoever made it has it open.
  func borrowSessionTerminal() throws(Failure) {
    let pid = UInt32(bitPattern: restore.holder.pid)
    for info in plan.infos.values.sorted(by: { $0.id < $1.id })
    where info.sid == pid && info.type == .pty && given(info) == nil {
      guard let file = try file(of: info) else { continue }
      restore.sessionTerminal = (info, file.release())
      return
    }
  }

  /// In every task: what `borrowSessionTerminal` took becomes the terminal of its session again.
  func control() throws(Failure) {
    try takeForeground()
    guard let (info, descriptor) = restore.sessionTerminal else { return }
    restore.sessionTerminal = nil
    let file = OwnedFD(adopting: descriptor)
    let terminal =
      info.isMaster ? try file.borrowed().openSlave(flags: FileFlags.readWrite, "terminal \(info.id)") : file
    let subject = "terminal \(info.id) of pid \(restore.holder.pid)"
    try terminal.borrowed().becomeControllingTerminal(subject)
    guard info.pgrp != 0, info.pgrp != info.sid else { return }
    try withTerminalOutputAllowed { () throws(Failure) in
      try terminal.borrowed().setTerminalNumber(.setForegroundGroup, Int32(bitPattern: info.pgrp), subject)
    }
  }

  /// The root of a shell job that leads a group of its own gets the keyboard's signals.
  private func takeForeground() throws(Failure) {
    let pid = restore.holder.pid
    guard restore.plan.holders.first?.pid == pid, ownProcessGroup() == pid,
      plan.infos.values.contains(where: isOfShell),
      let terminal = restore.inherited(Terminal.shellJobResource)
    else { return }
    try withTerminalOutputAllowed { () throws(Failure) in
      try terminal.setTerminalNumber(.setForegroundGroup, pid, "the terminal of the shell job")
    }
  }

  /// Any open file of a terminal, as our own descriptor.
  private func file(of info: TtyInfoEntry) throws(Failure) -> OwnedFD? {
    for entry in restore.plan.records(of: .tty)
    where entry.tty?.ttyInfoId == info.id && restore.plan.owners[entry.key] != nil {
      return try restore.borrow(entry.key)
    }
    return nil
  }
}
