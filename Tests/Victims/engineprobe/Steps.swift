import CParasite
import Engine
import Glibc
import Linux
import Streams

/// For probes that end in good order.
final class NoJournal: Journal {
  func enter(_ change: Change) throws(Failure) -> Int { 0 }
  func strike(_ entry: Int) {}
  func strikeAll(entering changes: [Change]) throws(Failure) {}
}

func say(_ word: String) { _ = word.withCString { write(1, $0, word.utf8.count) } }

func freeze(_ root: Int32, ending: String, cgroup: String?) throws(Failure) {
  var freezer: FreezerCgroup?
  if let cgroup { freezer = try FreezerCgroup(cgroup) }
  let endings: [String: FrozenTree.Ending] = ["running": .running, "stopped": .stopped, "killed": .killed]
  try FrozenTree.withFrozen(
    root: root, timeout: .seconds(1), cgroup: freezer, journal: NoJournal(), log: log
  ) { (tree) throws(Failure) in
    for task in tree.tasks {
      print(
        task.pid, task.virtualPid, task.virtualParent, task.processGroup, task.session, task.command, task.state,
        task.threads.map { "\($0.tid)" }.joined(separator: ","))
    }
    return ((), endings[ending]!)
  }
}

func hold(_ root: Int32) throws(Failure) {
  try FrozenTree.withFrozen(root: root, timeout: .seconds(5), log: log) { (tree) throws(Failure) in
    for task in tree.tasks where !task.isZombie {
      let parasite = try Parasite.inject(into: task, journal: NoJournal(), log: log)
      try visitEveryThread(parasite)
    }
    say("held")
    var byte: UInt8 = 0
    _ = read(0, &byte, 1)
    // Nobody cures: the thaw must.
    return ((), .running)
  }
}

func inject(_ root: Int32) throws(Failure) {
  let sequences = CodeSequences()
  try FrozenTree.withFrozen(root: root, timeout: .seconds(5), log: log) { (tree) throws(Failure) in
    for task in tree.tasks where !task.isZombie {
      let parasite = try Parasite.inject(
        into: task, sequences: sequences, origin: origin, journal: NoJournal(), log: log)
      try visitEveryThread(parasite)
      try visitEveryThread(parasite)
      try readStates(parasite)
      try readDescriptorFlags(parasite)
      try drain(parasite)
      try parasite.cure()
    }
    return ((), .running)
  }
}

func crash(_ root: Int32) throws(Failure) {
  try FrozenTree.withFrozen(root: root, timeout: .seconds(5), log: log) { (tree) throws(Failure) in
    let parasite = try Parasite.inject(into: tree.root, journal: NoJournal(), log: log)
    // Without an argument it writes to address 0.
    try parasite.call(PARASITE_COMMAND_THREAD_STATE.rawValue, on: tree.root.threads[0])
    return ((), .running)
  }
}

func loop(_ root: Int32) throws(Failure) {
  let journal = try GuardedJournal.start(log: log)
  let quiet = Log(level: .warning)
  let sequences = CodeSequences()
  say("guarded")
  while true {
    try FrozenTree.withFrozen(root: root, timeout: .seconds(10), log: quiet) { (tree) throws(Failure) in
      var parasites: [Parasite] = []
      for task in tree.tasks where !task.isZombie {
        let parasite = try Parasite.inject(
          into: task, sequences: sequences, origin: origin, journal: journal, log: quiet)
        parasites.append(parasite)
        try visitEveryThread(parasite)
        try drain(parasite)
      }
      for parasite in parasites { try parasite.cure() }
      return ((), .running)
    }
  }
}

func journal(_ path: String) throws(Failure) {
  let journal = try GuardedJournal.start(log: log)
  _ = try journal.enter(.fileMade(path: FilePath(path)))
  _ = try journal.enter(.fileMade(path: FilePath(path + ".never")))
  let kept = try journal.enter(.fileMade(path: FilePath(path + ".kept")))
  for name in [path, path + ".kept"] {
    try check("make the file", name, remedy: "Give a directory of yours.") {
      File.open(name, [.writeOnly, .create], mode: 0o600)
    }
  }
  journal.strike(kept)
  say("guarded")
  while true { pause(for: .seconds(60)) }
}
