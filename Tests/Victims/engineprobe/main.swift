import Engine
import Linux

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
