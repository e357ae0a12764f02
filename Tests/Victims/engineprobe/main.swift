import Engine
import Linux
import CParasite
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
