internal import Images
internal import Linux

/// Works out a `BirthPlan`.
struct BirthPlanBuilder {
  typealias Member = BirthPlan.Member
  typealias Birth = BirthPlan.Birth

  private let members: [Member]
  private let byPid: [Int32: Member]
  let root: Int32
  /// The session from outside that is ours now; `nil` where the root begins its own.
  private let outside: Int32?
  private(set) var births: [Int32: Birth] = [:]
  /// Of tasks at their birth, of helpers at their birth: who makes them.
  private var makers: [Int32: Int32] = [:]
  /// The session that a session's leader must be born in, for the sake of its children.
  private var bornIn: [Int32: Int32] = [:]
  /// Sessions of helpers.
  private var helperSessions: [Int32: Int32] = [:]

  init(_ members: [Member], isShellJob: Bool) throws(Failure) {
    self.members = members
    byPid = Dictionary(members.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
    root = members[0].pid
    let first = members[0]
    outside = first.session == first.pid ? nil : first.session
    if outside != nil, !isShellJob {
      throw Failure(
        "restore the session", "pid \(root), whose session \(first.session) began outside of the tree", .notSupported,
        remedy: "Give --shell-job (-j), which puts it into our own session, or dump from the session's leader on.")
    }
    for member in members {
      births[member.pid] = Birth(pid: member.pid)
      let leadsSession = member.session == member.pid
      if leadsSession, member.group != member.pid { throw damaged("the leader of session \(member.pid) in a group") }
      if let leader = byPid[member.group], leader.session != member.session {
        throw damaged("pid \(member.pid) in a group of another session")
      }
    }
  }

  // MARK: Births

  mutating func placeBirths(isTaken: (Int32) -> Bool) throws(Failure) {
    var orphans: [(pid: Int32, session: Int32)] = []
    for member in members {
      births[member.pid]!.startsSession = member.session == member.pid
      if member.pid == root { continue }
      makers[member.pid] = member.parent
      if member.session == member.pid { continue }
      if try inherits(member) { continue }
      let orphan = try adopted(member)
      if !orphans.contains(where: { $0.pid == orphan }) { orphans.append((orphan, member.session)) }
    }
    for orphan in orphans { try adopt(orphan.pid, in: orphan.session, isTaken: isTaken) }
    try checkDescent()
    for member in members where member.pid != root { addChild(member.pid, session: sessionAtBirth(of: member.pid)) }
    try checkAdoptions()
  }

  /// Whether the task got its session from its ancestors: the nearest that has it to this day, down through leaders that
  /// were born in it.
  private mutating func inherits(_ member: Member) throws(Failure) -> Bool {
    var leaders: [Int32] = []
    var pid = member.parent
    while let ancestor = byPid[pid] {
      if ancestor.session == member.session {
        try require(leaders, in: member)
        return true
      }
      guard ancestor.session == ancestor.pid else { return false }
      leaders.append(pid)
      if pid == root { return false }
      pid = ancestor.parent
    }
    return false
  }

  /// Who of a task and the leaders above it came to its parent by adoption: the one below the nearest that adopts. The
  /// others were born in the session.
  private mutating func adopted(_ member: Member) throws(Failure) -> Int32 {
    var orphan = member
    var leaders: [Int32] = []
    while let parent = byPid[orphan.parent], parent.pid != root, !parent.adopts, parent.session == parent.pid {
      leaders.append(parent.pid)
      orphan = parent
    }
    try require(leaders, in: member)
    return orphan.pid
  }

  private mutating func require(_ leaders: [Int32], in member: Member) throws(Failure) {
    for leader in leaders {
      if let other = bornIn[leader], other != member.session {
        throw damaged("pid \(leader) has children of the sessions \(other) and \(member.session)")
      }
      bornIn[leader] = member.session
    }
  }

  private func sessionAtBirth(of pid: Int32) -> Int32? {
    if let session = helperSessions[pid] { return session }
    guard let member = byPid[pid] else { return nil }
    return member.session == pid ? bornIn[pid] : member.session
  }

  /// Files a child with its maker: before the maker's setsid when it needs the older session.
  private mutating func addChild(_ pid: Int32, session: Int32?) {
    let maker = makers[pid]!
    let isOlder = session != nil && births[maker]!.startsSession && session != maker
    if isOlder { births[maker]!.childrenBefore.append(pid) } else { births[maker]!.childrenAfter.append(pid) }
  }

  // MARK: Adopted tasks

  /// The task was made in its session by a process that has ended, and came to its parent then: a helper, below the
  /// session's leader or in its place, makes it and ends.
  private mutating func adopt(_ pid: Int32, in session: Int32, isTaken: (Int32) -> Bool) throws(Failure) {
    let parent = byPid[pid]!.parent
    births[parent]!.adoptsOrphans = true
    if byPid[session] == nil {
      if births[session] == nil {
        addHelper(session, maker: parent, session: nil)
        births[session]!.startsSession = true
      }
      // For another parent, the helper in the leader's place is a maker like a living leader.
      if makers[session] == parent {
        makers[pid] = session
        return
      }
    }
    let between = births.keys.sorted().first { makers[$0] == session && helperSessions[$0] == session }
    if let between {
      makers[pid] = between
    } else {
      let helper = try freePid(isTaken)
      addHelper(helper, maker: session, session: session)
      makers[pid] = helper
    }
  }

  private mutating func addHelper(_ pid: Int32, maker: Int32, session: Int32?) {
    births[pid] = Birth(pid: pid, isHelper: true)
    makers[pid] = maker
    helperSessions[pid] = session
    addChild(pid, session: session)
  }

  private func freePid(_ isTaken: (Int32) -> Bool) throws(Failure) -> Int32 {
    let groups = Set(members.flatMap { [$0.group, $0.session] })
    let top = births.keys.max() ?? 1
    let candidates = [Array(top + 1..<top + 1000), Array(300..<Int32(32768))].joined()
    for pid in candidates where pid <= 4_194_304 && births[pid] == nil && !groups.contains(pid) && !isTaken(pid) {
      return pid
    }
    throw Failure(
      "find a pid for a helper", "all up to 32768 are taken", .tryAgain,
      remedy: "End processes, or restore in a new pid namespace (criu-ns).")
  }

  /// All come from the root: no session begins below a task that is in it.
  private func checkDescent() throws(Failure) {
    for pid in births.keys {
      var ancestor = pid
      var steps = 0
      while ancestor != root, let maker = makers[ancestor], steps <= births.count {
        ancestor = maker
        steps += 1
      }
      guard ancestor == root else { throw damaged("pid \(pid) is in a session that began below it") }
    }
  }

  /// When a helper ends, its children come to the nearest ancestor that adopts: it must be their parent.
  private func checkAdoptions() throws(Failure) {
    for member in members where member.pid != root && makers[member.pid] != member.parent {
      var pid = makers[makers[member.pid]!]
      while let ancestor = pid, !births[ancestor]!.adoptsOrphans, ancestor != root { pid = makers[ancestor] }
      guard pid == member.parent else {
        throw Failure(
          "restore the session", "pid \(member.pid), whose parent \(member.parent) is not above session \(member.session)",
          .notSupported, remedy: "No order of births gives this tree: restore the session's leader in a tree of its own.")
      }
    }
  }

  // MARK: Groups

  mutating func placeGroups() throws(Failure) {
    let outsideGroup = outside == nil || byPid[members[0].group] != nil ? nil : members[0].group
    for member in members where member.session != member.pid {
      if member.group == member.pid {
        births[member.pid]!.group = .own
      } else if member.session == outside, member.group == outsideGroup || member.group == 0 {
        // Not the root, which is born in it.
        if groupAtBirth(of: member.pid) != nil { births[member.pid]!.group = .outside }
      } else {
        try placeGroup(of: member)
      }
    }
    // Whoever is born in its group has nothing to do.
    for member in members {
      guard case .of(let leader)? = births[member.pid]?.group, groupAtBirth(of: member.pid) == leader else { continue }
      births[member.pid]!.group = .inherited
    }
  }

  private mutating func placeGroup(of member: Member) throws(Failure) {
    guard member.group > 0 else { throw damaged("pid \(member.pid) in group \(member.group)") }
    if births[member.group] == nil { try addGroupLeader(member.group, session: member.session) }
    let leaderSession = byPid[member.group]?.session ?? helperSessions[member.group] ?? member.group
    guard leaderSession == member.session else { throw damaged("pid \(member.pid) in a group of another session") }
    if let leader = byPid[member.group], leader.group != leader.pid {
      throw Failure(
        "restore the process group", "\(member.group), which its leader has left for group \(leader.group)",
        .notSupported, remedy: "Let the program keep its group leaders in their groups.")
    }
    births[member.pid]!.group = .of(leader: member.group)
  }

  /// Of what its maker is in as it makes it; `nil` for what came with the root.
  private func groupAtBirth(of pid: Int32) -> Int32? {
    guard let maker = makers[pid] else { return nil }
    let birth = births[maker]!
    if birth.group == .own || (birth.startsSession && birth.childrenAfter.contains(pid)) { return maker }
    return groupAtBirth(of: maker)
  }

  /// A child of a task of the session, living if there is one.
  private mutating func addGroupLeader(_ group: Int32, session: Int32) throws(Failure) {
    let inSession = members.filter { $0.session == session }
    guard let maker = inSession.first(where: { !$0.isDead && $0.group == group }) ?? inSession.first(where: { !$0.isDead })
    else {
      throw Failure(
        "restore the process group", "\(group) of session \(session), which has only dead tasks", .notSupported,
        remedy: "Let the parents wait for their dead children before the dump.")
    }
    addHelper(group, maker: maker.pid, session: session)
    births[group]!.group = .own
  }

  private func damaged(_ what: String) -> Failure {
    Failure(
      "read the process tree", what, .badMessage, remedy: "The image is damaged: restore from another copy of the set.")
  }
}

extension BirthPlan {
  init(_ tasks: [TaskPlan], isShellJob: Bool, isTaken: (Int32) -> Bool) throws(Failure) {
    try self.init(
      tasks.map {
        Member(pid: $0.pid, parent: $0.parent, session: $0.session, group: $0.processGroup, isDead: $0.isDead,
          adopts: $0.core.childSubreaper == true)
      }, isShellJob: isShellJob, isTaken: isTaken)
  }
}
