import Glibc
import Linux
import Testing

/// A running victim (Tests/Victims/victim), and what it says of itself.
final class FreezeVictim {
  /// What the victim writes, a thread.
  struct Record: Hashable {
    var pid, tid, kind, rounds, errors, lastErrno, interruptions, padding: UInt64
    var letter: Character { Character(Unicode.Scalar(UInt8(kind))) }
  }

  let pid: Int32
  private let path: String
  private let records: UnsafeMutablePointer<Record>
  private static let recordCount = 1024
  private static let byteCount = recordCount * MemoryLayout<Record>.size

  /// - Parameters:
  ///   - plan: See victim.c.
  ///   - program: The victim, or `of32BitCode`.
  init(_ plan: String, program: String = BuiltProgram.path("victim")) throws {
    path = "/tmp/freeze-victim-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    try #require(file >= 0 && ftruncate(file, FreezeVictim.byteCount) == 0)
    let memory = mmap(nil, FreezeVictim.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)!
    close(file)
    records = memory.bindMemory(to: Record.self, capacity: FreezeVictim.recordCount)
    pid = try start([program, path, plan]).pid
    let threadCount = plan.filter { $0 != "," }.count
    let (found, path) = (records, path)
    let isReady = eventually { (0..<threadCount).allSatisfy { found[$0].tid != 0 } }
    unlink(path)
    try #require(isReady, "the victim did not start all its threads")
    usleep(20_000)  // until those that wait do
  }

  deinit {
    // The children die with their parents (PR_SET_PDEATHSIG).
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    munmap(records, FreezeVictim.byteCount)
  }

  /// The victim as a program of 32-bit code; `nil` where no compiler makes one.
  static let of32BitCode: String? = {
    let source = String(#filePath.dropLast("EngineTests/FreezeVictim.swift".count)) + "Victims/victim/"
    let path = BuiltProgram.path("victim32")
    let compiler = try? start([
      "/usr/bin/gcc", "-m32", "-O1", "-pthread", "-o", path, source + "victim.c", source + "check_registers32.S",
    ])
    return compiler?.finish().status == 0 ? path : nil
  }()

  var threads: [Record] { (0..<FreezeVictim.recordCount).map { records[$0] }.filter { $0.tid != 0 } }
  /// Of tasks with a thread of the plan.
  var pids: [Int32] { Array(Set(threads.map { Int32($0.pid) })).sorted() }

  /// Whether every thread that counts goes on counting.
  func goesOn() -> Bool {
    let before = threads
    return eventually {
      zip(before, self.threads).allSatisfy { !"sfmycrw".contains($0.letter) || $0.rounds != $1.rounds }
    }
  }

  /// Counters of the processors, that threads of kind r count in.
  var processorRounds: UInt64 { (900..<FreezeVictim.recordCount).reduce(0) { $0 + records[$1].rounds } }

  /// What the threads found wrong.
  var errors: [Record] { threads.filter { $0.errors != 0 } }
  var interruptions: [Record] { threads.filter { $0.interruptions != 0 } }

  /// What must be the same before and after: mappings, descriptors, signal masks and pending signals of all threads.
  func outside() throws -> [String: String] {
    var found: [String: String] = [:]
    for pid in pids {
      found["maps \(pid)"] = try readText("/proc/\(pid)/maps")
      for name in try names("/proc/\(pid)/fd") {
        found["descriptor \(pid) \(name)"] = try readLink("/proc/\(pid)/fd/\(name)")
      }
      for tid in try Linux.threads(of: pid) {
        let lines = try readText("/proc/\(pid)/task/\(tid)/status").split(separator: "\n")
        let kept = ["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "TracerPid", "Seccomp", "CapEff"]
        found["status \(tid)"] = lines.filter { line in kept.contains { line.hasPrefix($0) } }.joined(separator: "\n")
      }
    }
    return found
  }

  /// The letters of all tasks' states, such as "R" or "T".
  func states() throws -> [Character] {
    var states: [Character] = []
    for pid in pids { states.append(try ProcStatus(pid: pid).state) }
    return states
  }

  private func names(_ path: String) throws -> [String] {
    let directory = try #require(opendir(path))
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}

/// Waits up to 10 s until `condition` holds.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<10_000 {
    if condition() { return true }
    usleep(1000)
  }
  return condition()
}

/// Programs of this package, built beside the tests.
enum BuiltProgram {
  static func path(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own[...own.lastIndex(of: "/")!] + name
  }
}

/// A program that runs with pipes to its input and from its outputs.
struct RunningProgram {
  let pid: Int32
  let input: CInt
  let output: CInt

  /// Waits until it has written `word`.
  func says(_ word: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: word.utf8.count)
    var used = 0
    while used < bytes.count {
      let count = bytes.withUnsafeMutableBytes { read(output, $0.baseAddress! + used, $0.count - used) }
      if count <= 0 { return false }
      used += count
    }
    return String(decoding: bytes, as: UTF8.self) == word
  }

  /// Ends its input, and takes the rest of its output and its status in the form of wait(2).
  func finish() -> (status: Int32, text: String) {
    close(input)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &buffer, buffer.count)
      if count <= 0 { break }
      text += buffer[..<count]
    }
    close(output)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return (status, String(decoding: text, as: UTF8.self))
  }

  /// SIGKILL; its guardian may go on for a while.
  func lose() {
    kill(pid, SIGKILL)
    close(input)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    close(output)
  }
}

func start(_ arguments: [String]) throws -> RunningProgram {
  let toIt = try makePipe()
  let fromIt = try makePipe()
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, toIt.read, 0)
  posix_spawn_file_actions_adddup2(&actions, fromIt.write, 1)
  posix_spawn_file_actions_adddup2(&actions, fromIt.write, 2)
  // Descriptors of other tests, which would be counted and dumped with it.
  _ = closeFrom(&actions, 3)
  // Swift Testing's threads block signals, and a program inherits that.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  var pid: pid_t = 0
  var copies = arguments.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  let result = posix_spawn(&pid, arguments[0], &actions, &attributes, &copies, environ)
  close(toIt.read)
  close(fromIt.write)
  try #require(result == 0, "cannot start \(arguments)")
  return RunningProgram(pid: pid, input: toIt.write, output: fromIt.read)
}

func probe(_ command: String, _ subject: String, _ rest: String...) throws -> RunningProgram {
  try start([BuiltProgram.path("engineprobe"), command, subject] + rest)
}

// Whether Glibc's module shows this depends on which module is built first.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func closeFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32
