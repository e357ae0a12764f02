import Linux
import Testing

@testable import Engine

private typealias Member = BirthPlan.Member

private func plan(_ members: [Member], isShellJob: Bool = false) throws(Failure) -> BirthPlan {
  try BirthPlan(members, isShellJob: isShellJob) { _ in false }
}

/// pid, parent, session, group
private func member(_ pid: Int32, _ parent: Int32, _ session: Int32, _ group: Int32, isDead: Bool = false) -> Member {
  Member(pid: pid, parent: parent, session: session, group: group, isDead: isDead)
}

/// - Parameter words: Which process, what is in the way, and what to do.
private func expectRefusal(_ members: [Member], _ errno: Errno, _ words: String...) {
  do throws(Failure) {
    _ = try plan(members)
    Issue.record("it was planned")
  } catch {
    #expect(error.errno == errno)
    for word in words { #expect("\(error)".contains(word), "\(error)") }
  }
}

@Test func childrenOfASessionAreBornAfterItBegan() throws {
  let plan = try plan([member(10, 0, 10, 10), member(11, 10, 10, 10), member(12, 11, 10, 12)])
  #expect(plan.root == 10 && plan.helpers.isEmpty)
  #expect(plan.births[10]!.startsSession && plan.births[10]!.childrenAfter == [11])
  #expect(plan.births[11]!.group == .inherited)
  #expect(plan.births[12]!.group == .own)
}

@Test func aChildOfTheOlderSessionIsBornBeforeItsParentLeavesIt() throws {
  let plan = try plan([
    member(10, 0, 10, 10), member(20, 10, 20, 20), member(30, 20, 30, 30), member(40, 30, 10, 10),
    member(41, 30, 30, 30),
  ])
  #expect(plan.births[10]!.childrenAfter == [20])
  #expect(plan.births[20]!.childrenBefore == [30], "30 must itself be born in session 10")
  #expect(plan.births[30]!.childrenBefore == [40] && plan.births[30]!.childrenAfter == [41])
  #expect(plan.births[40]!.group == .inherited)
}

@Test func aTaskInTheSessionOfADeadLeaderIsMadeByAHelperInItsPlace() throws {
  let plan = try plan([member(1, 0, 1, 1), member(50, 1, 40, 40), member(51, 50, 40, 40)])
  #expect(plan.helpers.map(\.pid) == [40])
  #expect(plan.births[1]!.adoptsOrphans && plan.births[1]!.childrenAfter == [40])
  #expect(plan.births[40]!.startsSession && plan.births[40]!.childrenAfter == [50])
}

@Test func aTaskThatCameToItsParentFromALivingSessionIsMadeBelowItsLeader() throws {
  let plan = try plan([member(1, 0, 1, 1), member(40, 1, 40, 40), member(50, 1, 40, 50), member(51, 1, 40, 50)])
  let helper = try #require(plan.helpers.first)
  #expect(plan.helpers.count == 1 && plan.births[40]!.childrenAfter == [helper.pid])
  #expect(helper.childrenAfter == [50, 51] && !helper.startsSession)
  #expect(plan.births[51]!.group == .of(leader: 50))
}

@Test func aHelperLeadsTheGroupOfADeadLeader() throws {
  let plan = try plan([member(10, 0, 10, 10), member(12, 10, 10, 11, isDead: true), member(13, 10, 10, 11)])
  #expect(plan.helpers.map(\.pid) == [11])
  #expect(plan.births[13]!.childrenAfter == [11], "made by a living task of the group")
  #expect(plan.births[11]!.group == .own && plan.births[12]!.group == .of(leader: 11))
}

@Test func aSessionFromOutsideIsRefusedAndTakenAsAShellJob() throws {
  let members = [member(10, 0, 5, 9), member(11, 10, 5, 9), member(12, 10, 5, 12), member(13, 12, 5, 8)]
  expectRefusal(
    members, .notSupported, "pid 10, whose session 5 began outside of the tree", "Give --shell-job (-j)",
    "or dump from the session's leader on")
  let plan = try plan(members, isShellJob: true)
  #expect(plan.births[10]!.group == .inherited && plan.births[11]!.group == .inherited)
  #expect(plan.births[12]!.group == .own)
  #expect(plan.helpers.map(\.pid) == [8], "another dead leader than the root's")
}

@Test func idsThatCannotBeAreRefused() {
  expectRefusal([member(10, 0, 10, 10), member(11, 10, 11, 10)], .badMessage)
  expectRefusal([member(10, 0, 10, 10), member(11, 10, 11, 11), member(12, 10, 10, 11)], .badMessage)
  expectRefusal([member(10, 0, 10, 10), member(11, 10, 12, 11), member(12, 11, 12, 12)], .badMessage)
  expectRefusal([member(10, 0, 10, 10), member(11, 10, 10, 0)], .badMessage)
}

@Test func aGroupThatItsLeaderHasLeftIsRefused() {
  expectRefusal(
    [member(10, 0, 10, 10), member(11, 10, 10, 10), member(12, 10, 10, 11)], .notSupported,
    "11, which its leader has left for group 10", "keep its group leaders in their groups")
}

@Test func aGroupOfDeadTasksAloneIsRefused() {
  expectRefusal(
    [member(10, 0, 10, 10), member(20, 10, 20, 20, isDead: true), member(21, 10, 20, 22, isDead: true)], .notSupported,
    "22 of session 20, which has only dead tasks", "wait for their dead children before the dump")
}

@Test func aLeaderWithChildrenOfTwoOlderSessionsIsRefused() {
  let members = [
    member(10, 0, 10, 10), member(20, 10, 20, 20), member(30, 20, 30, 30), member(31, 30, 20, 31), member(32, 30, 10, 32),
  ]
  expectRefusal(members, .badMessage)
}

@Test func anOrphanAwayFromItsSessionIsRefused() {
  // 50 came to 20, but its session's leader is below 30.
  expectRefusal(
    [member(1, 0, 1, 1), member(20, 1, 1, 1), member(30, 1, 30, 30), member(50, 20, 30, 30)], .notSupported,
    "pid 50, whose parent 20 is not above session 30", "restore the session's leader in a tree of its own")
}

// MARK: Histories

/// A kernel that knows only of births, sessions, groups and ends.
private struct Kernel {
  struct Process {
    var parent, session, group: Int32
    var adopts = false
  }
  var processes: [Int32: Process]

  mutating func end(_ pid: Int32) {
    let gone = processes.removeValue(forKey: pid)!
    var adopter = gone.parent
    while let ancestor = processes[adopter], !ancestor.adopts, ancestor.parent != 0 { adopter = ancestor.parent }
    for (child, process) in processes where process.parent == pid { processes[child]!.parent = adopter }
  }

  mutating func fork(_ parent: Int32, as child: Int32) {
    processes[child] = Process(parent: parent, session: processes[parent]!.session, group: processes[parent]!.group)
  }

  mutating func startSession(_ pid: Int32) throws {
    try #require(processes[pid]!.group != pid, "setsid of a group leader")
    processes[pid]!.session = pid
    processes[pid]!.group = pid
  }

  mutating func join(_ pid: Int32, _ group: Int32) throws {
    try #require(processes[pid]!.session != pid, "setpgid of a session leader")
    let stands = processes.values.contains { $0.group == group && $0.session == processes[pid]!.session }
    try #require(group == pid || stands, "no such group in the session")
    processes[pid]!.group = group
  }
}

/// Runs a plan as processes would.
private struct Execution {
  var kernel: Kernel
  let plan: BirthPlan
  var waiting: [(pid: Int32, group: Int32)] = []

  mutating func run() throws {
    try birth(plan.root)
    while !waiting.isEmpty {
      let before = waiting.count
      for (pid, group) in waiting {
        guard let leader = kernel.processes[group], leader.group == group else { continue }
        try kernel.join(pid, group)
        waiting.removeAll { $0.pid == pid }
      }
      try #require(waiting.count < before, "everybody waits")
    }
    for helper in plan.helpers { kernel.end(helper.pid) }
  }

  mutating func birth(_ pid: Int32) throws {
    let birth = plan.births[pid]!
    kernel.processes[pid]!.adopts = birth.adoptsOrphans
    if birth.group == .own { try kernel.join(pid, pid) }
    for child in birth.childrenBefore { try make(child, by: pid) }
    if birth.startsSession { try kernel.startSession(pid) }
    for child in birth.childrenAfter { try make(child, by: pid) }
    if case .of(let leader) = birth.group { waiting.append((pid, leader)) }
    if birth.group == .outside { try kernel.join(pid, 60) }
  }

  private mutating func make(_ child: Int32, by pid: Int32) throws {
    kernel.fork(pid, as: child)
    try birth(child)
  }
}

/// A tree as a random history leaves it, below a root that adopts orphans as an init does.
private func randomHistory(_ seed: Int, isShellJob: Bool) throws -> [Member] {
  var random = Generator(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1)
  let root: Int32 = 100
  var kernel = Kernel(processes: [root: .init(parent: 0, session: 50, group: 60, adopts: true)])
  if !isShellJob { try kernel.startSession(root) }
  var next: Int32 = 101
  for _ in 0..<Int.random(in: 1...60, using: &random) {
    let pids = kernel.processes.keys.sorted()
    let pid = pids.randomElement(using: &random)!
    let process = kernel.processes[pid]!
    switch Int.random(in: 0..<8, using: &random) {
    case 0...3:
      kernel.fork(pid, as: next)
      next += 1
    case 4 where process.group != pid && pid != root: try kernel.startSession(pid)
    // A leader that leaves its group to others is refused (a test of its own).
    // The root of a shell job stays in the group that it came in: an image does not tell one dead group from another.
    case 5
    where pid != root && process.session != pid
      && !kernel.processes.contains { $0.value.group == pid && $0.key != pid }:
      let peers = pids.filter { kernel.processes[$0]!.session == process.session && $0 != root }
      let group = peers.map { kernel.processes[$0]!.group }.filter { $0 >= root }.randomElement(using: &random) ?? pid
      try kernel.join(pid, Bool.random(using: &random) ? pid : group)
    case 6 where pid != root: kernel.end(pid)
    default: break
    }
  }
  return members(of: kernel, root: root)
}

private func bornMembers(_ kernel: Kernel) -> [Member] { members(of: kernel, root: 100) }

/// Parents first.
private func members(of kernel: Kernel, root: Int32) -> [Member] {
  var order = [root]
  var index = 0
  while index < order.count {
    order += kernel.processes.filter { $0.value.parent == order[index] }.keys.sorted()
    index += 1
  }
  return order.map { pid in
    let process = kernel.processes[pid]!
    return member(pid, process.parent, process.session, process.group)
  }
}

private struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Test(arguments: [false, true])
func everyHistoryBelowAnInitIsBornAgain(_ isShellJob: Bool) throws {
  var withHelpers = 0
  for seed in 1...3000 {
    let members = try randomHistory(seed, isShellJob: isShellJob)
    let plan = try BirthPlan(members, isShellJob: isShellJob) { $0 % 3 == 0 }
    if !plan.helpers.isEmpty { withHelpers += 1 }
    let root = Kernel.Process(parent: 0, session: 50, group: 60)
    var execution = Execution(kernel: Kernel(processes: [100: root]), plan: plan)
    try execution.run()
    let born = bornMembers(execution.kernel)
    let wrong = Set(born).subtracting(members).map { "\($0.pid): \($0)" }
    try #require(wrong.isEmpty && born.count == members.count, "seed \(seed) of \(members.map { [$0.pid, $0.parent, $0.session, $0.group] })")
  }
  #expect(withHelpers > 300, "the histories must reach the hard cases")
}
