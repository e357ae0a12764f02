import Glibc
import Testing

/// Real programs, dumped and restored with their state checked. Each is a script in Programs/ that runs as the init of
/// a pid namespace of its own, so nothing of it outlives the test.
@Suite(.serialized)
struct ProgramTests {
  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(3)),
    arguments: ["pipeline", "python", "memory", "state", "sessions", "streams"])
  func goesOnWhereItWas(_ name: String) throws {
    try expectSuccess(name)
  }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: hasProgram("redis-server"), "redis-server is not installed"),
    .timeLimit(.minutes(3)))
  func redisKeepsItsDataAndListens() throws { try expectSuccess("redis") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: hasProgram("sqlite3"), "sqlite3 is not installed"),
    .timeLimit(.minutes(3)))
  func sqliteEndsItsTransaction() throws { try expectSuccess("sqlite") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("ip") && hasProgram("nft") && hasProgram("iptables"), "ip, nft or iptables is not installed"),
    .timeLimit(.minutes(3)), arguments: ["tcp", "loopback"])
  func tcpTransfersLoseNothing(_ name: String) throws { try expectSuccess(name) }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("nginx") && hasProgram("curl"), "nginx or curl is not installed"), .timeLimit(.minutes(3)))
  func nginxKeepsItsWorkersAndConnections() throws { try expectSuccess("nginx") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("pg_ctlcluster"), "PostgreSQL is not installed"), .timeLimit(.minutes(3)))
  func postgresqlEndsItsTransactions() throws { try expectSuccess("postgresql") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: hasProgram("memcached"), "memcached is not installed"),
    .timeLimit(.minutes(3)))
  func memcachedKeepsItsValues() throws { try expectSuccess("memcached") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: hasProgram("tmux"), "tmux is not installed"),
    .timeLimit(.minutes(3)))
  func tmuxKeepsItsSession() throws { try expectSuccess("tmux") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("node") && hasProgram("curl"), "node or curl is not installed"), .timeLimit(.minutes(3)))
  func nodeGoesOnWithItsTimersAndThreads() throws { try expectSuccess("node") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("java") && hasProgram("javac"), "java or javac is not installed"), .timeLimit(.minutes(3)))
  func javaGoesOnWithItsHeapAndThreads() throws { try expectSuccess("java") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: compiles32BitCode, "gcc -m32 cannot build a program"),
    .timeLimit(.minutes(3)))
  func codeOf32BitsGoesOn() throws { try expectSuccess("code32") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"), .enabled(if: hasProgram("cc"), "cc is not installed"),
    .timeLimit(.minutes(3)))
  func aStreamIsNeverHeldInMemory() throws { try expectSuccess("stream_memory") }

  @Test(
    .enabled(if: geteuid() == 0, "needs root"),
    .enabled(if: hasProgram("moto_server") && hasProgram("aws"), "moto_server or aws is not installed"),
    .timeLimit(.minutes(3)))
  func anObjectStoreHoldsAProgram() throws { try expectSuccess("object_store") }

  private static let directory = String(#filePath.dropLast("ProgramTests.swift".count))

  /// The release binary of this checkout, or the one that CRIU names.
  private static var criu: String {
    getenv("CRIU").map { String(cString: $0) } ?? directory + "../../.build/release/criu"
  }

  private func expectSuccess(_ name: String) throws {
    let result = run([
      "/usr/bin/env", "CRIU=\(Self.criu)", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash",
      "\(Self.directory)Programs/\(name).sh",
    ])
    #expect(result.status == 0, "\(name): status \(result.status)\n\(result.output)")
  }
}

// Whether Glibc's module shows this depends on which module is built first.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func closeFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// Runs a program to its end, and gives what it printed on both outputs and its wait status.
func run(_ arguments: [String]) -> (status: Int32, output: String) {
  var ends: [Int32] = [0, 0]
  precondition(pipe(&ends) == 0)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
  // Descriptors of other tests, which would be dumped with the program.
  _ = closeFrom(&actions, 3)
  // Other tests block signals in their threads, and a program inherits the mask of the thread that starts it.
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  defer { posix_spawnattr_destroy(&attributes) }
  var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  defer { words.forEach { free($0) } }
  var pid: pid_t = 0
  let error = posix_spawnp(&pid, words[0]!, &actions, &attributes, &words, environ)
  posix_spawn_file_actions_destroy(&actions)
  close(ends[1])
  guard error == 0 else { return (error, "cannot start \(arguments[0])") }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(ends[0], &buffer, buffer.count)
    guard count > 0 else { break }
    output += buffer[..<count]
  }
  close(ends[0])
  var status: Int32 = 0
  waitpid(pid, &status, 0)
  return (status, String(decoding: output, as: UTF8.self))
}

let compiles32BitCode =
  run(["sh", "-c", "echo 'int main(void) { return 0; }' | gcc -m32 -x c -o /dev/null -"]).status == 0

func hasProgram(_ name: String) -> Bool {
  let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
  return path.split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
}
