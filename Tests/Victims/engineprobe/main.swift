import Engine
import Linux
import CParasite
import Glibc
import Streams

final class NoJournal: Journal {
  func enter(_ change: Change) throws(Failure) -> Int { 0 }
  func strike(_ entry: Int) {}
}

// The engine in a process of its own:
//
//     engineprobe freeze PID [running|stopped|killed]    prints what was frozen

let arguments = CommandLine.arguments
let log = Log(level: .debug)

/// All that a dump does to a tree, but for reading it.
func disturb(_ root: Int32, _ sequences: CodeSequences, _ journal: any Journal, _ log: Log) throws(Failure) {
  try FrozenTree.withFrozen(root: root, timeout: .seconds(10), log: log) { (tree) throws(Failure) in
    var parasites: [Parasite] = []
    for task in tree.tasks where !task.isZombie {
      let parasite = try Parasite.inject(into: task, sequences: sequences, journal: journal, log: log)
      parasites.append(parasite)
      try parasite.start(PARASITE_COMMAND_NOTHING.rawValue, on: task.threads.map { ($0, nil) })
      for thread in task.threads { _ = try parasite.finish(thread) }
      let pipe = parasite.sharedArgument.baseAddress!.assumingMemoryBound(to: parasite_pipe.self)
      pipe.pointee = parasite_pipe(byte_count: 65536, read_end: -1)
      try parasite.call(PARASITE_COMMAND_OPEN_PIPE.rawValue, on: task.threads[0], argument: pipe)
      _ = try parasite.systemCall(39, on: task.threads[0])
    }
    for parasite in parasites { try parasite.cure() }
    return ((), .running)
  }
}

func run() throws(Failure) {
  guard arguments.count >= 3, let pid = Int32(arguments[2]) else {
    throw Failure("run the probe", "\(arguments)", .invalid, remedy: "Name a command and a pid.")
  }
  switch arguments[1] {
  case "freeze":
    let ending: FrozenTree.Ending = ["stopped": .stopped, "killed": .killed][arguments.last!] ?? .running
    try FrozenTree.withFrozen(root: pid, timeout: .seconds(5), log: log) { (tree) throws(Failure) in
      for task in tree.tasks {
        print(
          task.pid, task.virtualPid, task.virtualParent, task.processGroup, task.session, task.command, task.state,
          task.threads.map { "\($0.tid)" }.joined(separator: ","))
      }
      return ((), ending)
    }
  case "inject":
    let sequences = CodeSequences()
    try FrozenTree.withFrozen(root: pid, timeout: .seconds(5), log: log) { (tree) throws(Failure) in
      for task in tree.tasks where !task.isZombie {
        let begin = monotonicMicroseconds()
        let parasite = try Parasite.inject(into: task, sequences: sequences, journal: NoJournal(), log: log)
        let injected = monotonicMicroseconds()
        print("getpid", try parasite.systemCall(39, on: task.threads[0]))
        let first = monotonicMicroseconds()
        try parasite.start(PARASITE_COMMAND_NOTHING.rawValue, on: task.threads.map { ($0, nil) })
        for thread in task.threads { print("nothing", try parasite.finish(thread)) }
        let all = monotonicMicroseconds()
        for _ in 0..<100 { try parasite.call(PARASITE_COMMAND_NOTHING.rawValue, on: task.threads[0]) }
        let hundred = monotonicMicroseconds()
        try parasite.cure()
        print("inject", injected - begin, "first", first - injected, "all", all - first, "100", hundred - all, "cure", monotonicMicroseconds() - hundred)
      }
      return ((), .running)
    }
  case "loop":
    let journal = try GuardedJournal.start(log: log)
    _ = write(1, "guarded\n", 8)
    let sequences = CodeSequences()
    while true { try disturb(pid, sequences, journal, Log(descriptor: -1, level: .error)) }
  default:
    throw Failure("run the probe", arguments[1], .invalid, remedy: "Name a command that it has.")
  }
}

do throws(Failure) {
  try run()
} catch {
  log.error(error)
  exitNow(1)
}
