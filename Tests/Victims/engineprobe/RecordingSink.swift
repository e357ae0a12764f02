import Engine
import Glibc
import Linux
import Streams

/// Keeps nothing of a set but the order in which its images came: a line "first NAME" with an image's first byte, and
/// one "last NAME" when it is whole.
final class RecordingSink: ImageSink {
  let abilities: Abilities
  let pagesNumbers = PagesNumbers()

  init(_ abilities: Abilities) { self.abilities = abilities }

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { Stream(name) }
  func commit() throws(Failure) { print("commit") }

  private final class Stream: ImageStream {
    private let name: ImageName
    private var isBegun = false

    init(_ name: ImageName) { self.name = name }

    private func begin() {
      if !isBegun { print("first", name) }
      isBegun = true
    }

    func write(_ bytes: RawSpan) throws(Failure) { begin() }

    func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
      begin()
      var left = byteCount
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
      defer { buffer.deallocate() }
      while left > 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
        let count = try check("read the pipe", "\(name)", remedy: "Look at the dump.") {
          pipe.withRaw { File.read($0, into: part) }
        }
        guard count > 0 else {
          throw Failure("read the pipe", "\(name)", .brokenPipe, remedy: "\(left) bytes are missing: look at the dump.")
        }
        left -= count
      }
    }

    func finish() throws(Failure) { if isBegun { print("last", name) } }
  }
}

/// Dumps a tree that runs on, and prints the order of its images.
///
/// - Parameter openFiles: What this process may have open at once.
func order(_ root: Int32, _ sort: String, openFiles: Int) throws(Failure) {
  var limit = rlimit(rlim_cur: rlim_t(openFiles), rlim_max: rlim_t(openFiles))
  try expect(setrlimit(__rlimit_resource_t(7), &limit) == 0, "limit the open files")  // RLIMIT_NOFILE
  var options = DumpOptions(pid: root, imagesDirectory: "/", workDirectory: "/")
  options.finalState = .running
  options.isShellJob = true
  let journal = try GuardedJournal.start(log: log)
  do throws(Failure) {
    _ = try dump(options, into: RecordingSink(sort == "ordered" ? .ordered : []), journal: journal, log: log)
  } catch {
    journal.undoAll()
    try journal.close()
    throw error
  }
  try journal.close()
}
