import Engine
import Glibc
import Linux

// The engine in a process of its own; what it does is in the files beside:
//
//     engineprobe freeze PID ENDING [CGROUP]   freezes a tree, prints a line a task, ends it: running, stopped, killed
//     engineprobe hold PID             freezes a tree, enters it, says "held", and goes on when its input ends
//     engineprobe inject PID [ORIGIN]  enters each task, runs every kind of command, and leaves
//     engineprobe crash PID            runs a command that raises a signal
//     engineprobe loop PID [ORIGIN]    says "guarded", then freezes, enters and leaves for ever
//     engineprobe order PID SORT FILES dumps into an "ordered" or "unordered" sink, with so many files open at once
//     engineprobe journal PATH         says "guarded", then notes and makes a file, and waits for ever

let arguments = CommandLine.arguments
let log = Log(level: .warning)
/// Of parasites' areas: "mapping", "segment", or what is possible here.
let origin = arguments.count > 3 ? AreaOrigin(rawValue: arguments[3]) ?? .possible : .possible

func run() throws(Failure) {
  guard arguments.count >= 3 else {
    throw Failure("run the probe", "\(arguments)", .invalid, remedy: "Name a command and its subject.")
  }
  let pid = Int32(arguments[2]) ?? 0
  switch arguments[1] {
  case "freeze": try freeze(pid, ending: arguments[3], cgroup: arguments.count > 4 ? arguments[4] : nil)
  case "hold": try hold(pid)
  case "inject": try inject(pid)
  case "crash": try crash(pid)
  case "loop": try loop(pid)
  case "order": try order(pid, arguments[3], openFiles: Int(arguments[4]) ?? 0)
  case "journal": try journal(arguments[2])
  default: throw Failure("run the probe", arguments[1], .invalid, remedy: "Name a command that it has.")
  }
}

do throws(Failure) {
  try run()
} catch {
  log.error(error)
  exitNow(1)
}
