import Glibc
import Linux

@testable import Engine

// fork(2) of the C library, which Swift hides: unlike a raw clone it leaves malloc usable in the child, although the
// test process has threads.
@_silgen_name("fork") private func libraryFork() -> Int32

/// A child of the test that does something and then waits to be looked at, until this object goes.
final class FilesVictim {
  let task: FrozenTask

  /// - Parameter prepare: Runs in the child, which has no other descriptor than what this makes.
  init(_ prepare: () -> Void) throws {
    var pid = FilesVictim.ready(prepare)
    for _ in 0..<3 where pid == nil { pid = FilesVictim.ready(prepare) }
    guard let pid else { preconditionFailure("the child closes its end") }
    task = FrozenTask(
      pid: pid, virtualPid: pid, parent: 0, virtualParent: 0, processGroup: pid, session: pid, command: "victim", state: .alive,
      threads: [], pidFD: try openProcess(pid))
  }

  /// - Returns: `nil` for a child that hangs: some forks of a process with threads find a lock of the Swift runtime held
  ///   by one that they do not have.
  private static func ready(_ prepare: () -> Void) -> pid_t? {
    var ready: [Int32] = [0, 0]
    precondition(pipe(&ready) == 0)
    let pid = libraryFork()
    if pid == 0 {
      _ = dup2(ready[1], 3)
      _ = fcntl(3, F_SETFD, FD_CLOEXEC)
      try? closeDescriptors(4...UInt32.max)
      for number in 0...2 as ClosedRange<Int32> { close(number) }
      prepare()
      close(3)
      while true { pause() }
    }
    close(ready[1])
    defer { close(ready[0]) }
    var end = pollfd(fd: ready[0], events: Int16(POLLIN), revents: 0)
    if poll(&end, 1, 10_000) == 1 { return pid }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    return nil
  }

  /// So that what it has open is closed.
  func end() {
    guard !isEnded else { return }
    isEnded = true
    kill(task.pid, SIGKILL)
    waitpid(task.pid, nil, 0)
  }

  private var isEnded = false

  deinit { end() }
}

/// Runs the body in a child of the test.
///
/// - Parameter body: Gives the exit status; a failure is printed, and the status is 99.
func statusOfChild(_ body: () throws -> Int32) -> Int32 {
  let pid = libraryFork()
  if pid == 0 {
    let errors = fcntl(2, F_DUPFD_CLOEXEC, 900)
    do { _exit(try body()) } catch {
      let text = Array("\(error)\n".utf8)
      _ = write(errors, text, text.count)
      _ = write(2, text, text.count)
      _exit(99)
    }
  }
  var status: Int32 = 0
  for _ in 0..<1000 {
    if waitpid(pid, &status, WNOHANG) == pid { return (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f) }
    usleep(10_000)
  }
  kill(pid, SIGKILL)
  waitpid(pid, &status, 0)
  return -1000
}

/// A new directory that goes with this object.
final class FilesScratch {
  let path: String

  init() {
    var template = Array("/tmp/criu-files-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func file(_ name: String, _ text: String = "") -> String {
    let full = path + "/" + name
    let descriptor = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    precondition(descriptor >= 0)
    _ = text.withCString { write(descriptor, $0, strlen($0)) }
    close(descriptor)
    return full
  }

  deinit {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink(path + "/" + name)
    }
    closedir(directory)
    rmdir(path)
  }
}
