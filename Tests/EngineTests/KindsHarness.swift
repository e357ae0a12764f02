import Foundation
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// A process that tests make: it runs a closure, tells how that went, and then sleeps until the object goes.
final class KindsProcess {
  /// Shared with the process: a word a step it reached, and the text of its failure after them.
  private let page: UnsafeMutablePointer<UInt32>
  private static let pageByteCount = 4096
  private static let textOffset = 512
  let pid: Int32

  init(_ body: (KindsProcess.Progress) throws -> Void) throws {
    page = try mapAnonymous(byteCount: KindsProcess.pageByteCount, sharing: .shared).assumingMemoryBound(
      to: UInt32.self)
    // The C library's own fork, which leaves its locks usable in the child of a process with threads.
    typealias Fork = @convention(c) () -> pid_t
    let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
    let result = fork()
    if result == 0 {
      let progress = Progress(page: page)
      do {
        try body(progress)
        progress.reach(.done)
      } catch {
        let text = Array("\(error)".utf8.prefix(3000)) + [0]
        UnsafeMutableRawPointer(page).advanced(by: KindsProcess.textOffset)
          .copyMemory(from: text, byteCount: text.count)
        progress.reach(.failed)
      }
      while true { sleep(3600) }
    }
    pid = result
  }

  /// A process that has run its closure.
  static func ready(_ body: (KindsProcess.Progress) throws -> Void) throws -> KindsProcess {
    try unlessHung {
      let process = try KindsProcess(body)
      try process.wait(for: .done)
      return process
    }
  }

  /// Runs `body` again when a process of it hangs: some forks find a lock of the Swift runtime held by a
  /// thread that it does not have.
  static func unlessHung<R>(_ body: () throws -> R) throws -> R {
    for _ in 0..<3 {
      do { return try body() } catch is KindsHang {}
    }
    return try body()
  }

  deinit {
    killProcess(pid)
    _ = try? waitForEnd(of: pid)
    unmap(page, byteCount: KindsProcess.pageByteCount)
  }

  enum Step: Int {
    case started, made, placed, done, failed
  }

  struct Progress {
    let page: UnsafeMutablePointer<UInt32>
    func reach(_ step: Step) {
      page[step.rawValue] = 1
      futexWakeAll(page)
    }
    func has(_ step: Step) -> Bool { page[step.rawValue] == 1 }
  }

  var progress: Progress { Progress(page: page) }

  /// Waits until the process reached a step.
  func wait(for step: Step) throws {
    let end = Date().addingTimeInterval(5)
    while !progress.has(step) {
      guard !progress.has(.failed) else {
        let text = UnsafeMutableRawPointer(page).advanced(by: KindsProcess.textOffset).assumingMemoryBound(
          to: CChar.self)
        throw KindsFailure(text: String(cString: text))
      }
      guard Date() < end else { throw KindsHang(step: step) }
      usleep(1000)
    }
  }

  /// As a dump has it. The process sleeps, so that nothing changes.
  func frozen() throws -> FrozenTask {
    FrozenTask(
      pid: pid, virtualPid: pid, parent: 0, virtualParent: 0, processGroup: pid, session: pid, command: "kinds",
      state: .alive, threads: [], pidFD: try openProcess(pid))
  }
}

struct KindsHang: Error {
  let step: KindsProcess.Step
}

struct KindsFailure: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

/// A dump of descriptors, as images in memory.
final class KindsSet: ImageSink, ImageSource {
  let abilities: Abilities = [.reopen]
  let pagesNumbers = PagesNumbers()
  fileprivate(set) var images: [ImageName: [UInt8]] = [:]
  /// Of each task, in order.
  private(set) var descriptors: [[FdinfoEntry]] = []

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { Stream(self, name) }
  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? { images[name].map { Reader($0) } }
  func parent() throws(Failure) -> (any ImageSource)? { nil }
  func commit() throws(Failure) {}

  /// Dumps the descriptors of sleeping processes.
  init(
    dumping processes: [KindsProcess],
    options: DumpOptions = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
  ) throws {
    let tasks = try processes.map { try $0.frozen() }
    let dump = FileDump(tasks: tasks, options: options, log: Log(level: .message))
    let sharedMemory = SharedMemory(devices: try MemoryDevices.probe())
    dump.states[Memfd.DumpState.self].sharedMemory = sharedMemory
    for (index, task) in tasks.enumerated() {
      try dump.dumpDescriptors(of: task, filesID: UInt32(index))
      descriptors.append(dump.descriptors[UInt32(index)]!)
    }
    try dump.conclude()
    try dump.writeRecords(to: self)
    try dump.writeBlobs(to: self)
    try write(records: sharedMemory.records, to: .memfd)
    var statistics = MemoryStatistics()
    try sharedMemory.dumpPages(into: self, statistics: &statistics)
  }

  /// A set of records made by hand, for tasks with these descriptors.
  init(files: [FileEntry], descriptors: [[FdinfoEntry]]) throws(Failure) {
    self.descriptors = descriptors
    try write(records: files, to: .files)
  }

  var files: [FileEntry] { get throws { try records(of: FileEntry.self, in: .files) ?? [] } }

  /// Makes processes that restore what was dumped; they sleep with their descriptors.
  func restored(
    options: RestoreOptions = RestoreOptions(imagesDirectory: "/", workDirectory: "/"), prepare: () -> Void = {},
    session: UInt32? = nil
  ) throws -> [KindsProcess] {
    try KindsProcess.unlessHung { try restoredOnce(options: options, prepare: prepare, session: session) }
  }

  /// - Parameters:
  ///   - prepare: Runs first in each process.
  ///   - session: Terminals of this session get the first process for their session's leader, as its pid is a new one.
  private func restoredOnce(
    options: RestoreOptions, prepare: () -> Void, session: UInt32?
  ) throws -> [KindsProcess] {
    // The table's size does not depend on pids, which are not known yet.
    let table = try MadeFileTable(for: try plan(pids: descriptors.map { _ in 0 }, options: options))
    let pidsPage = try mapAnonymous(byteCount: 4096, sharing: .shared).assumingMemoryBound(to: Int32.self)
    let stages = try mapAnonymous(byteCount: 4096, sharing: .shared).assumingMemoryBound(to: UInt32.self)
    func barrier(_ stage: UInt32, _ index: Int) {
      stages[index] = stage
      while (0..<descriptors.count).contains(where: { stages[$0] < stage }) { usleep(500) }
    }
    let engine = try plan(pids: descriptors.map { _ in 0 }, options: options)
    let journal = NotedChanges()
    try engine.prepare(from: self, journal: journal)
    let memory = try RestoredSharedMemory.make(
      records: try records(of: MemfdInodeEntry.self, in: .memfd) ?? [], files: try files, tasks: [], from: self)
    let processes = try descriptors.indices.map { index in
      try KindsProcess { progress in
        progress.reach(.started)
        prepare()
        while pidsPage[self.descriptors.count] == 0 { usleep(500) }
        if let session { try self.rename(session: session, to: UInt32(pidsPage[0])) }
        let plan = try self.plan(pids: (0..<self.descriptors.count).map { pidsPage[$0] }, options: options)
        let restore = FileRestore(plan: plan, index: index, made: table, log: Log(level: .message))
        plan.states[Memfd.RestoreState.self].sharedMemory = memory
        try restore.make(keep: memory.descriptors)
        progress.reach(.made)
        barrier(1, index)
        try restore.place()
        progress.reach(.placed)
        barrier(2, index)
        try restore.finish()
        restore.closeKept()
      }
    }
    for (index, process) in processes.enumerated() { pidsPage[index] = process.pid }
    pidsPage[descriptors.count] = 1
    for process in processes { try process.wait(for: .done) }
    try engine.states[UnixSocketPaths.self].cleanUp(journal: journal)
    try journal.strikeAll(entering: [])
    try engine.removeLeftovers(journal: journal)
    #expect(journal.live.isEmpty)
    return processes
  }

  private func rename(session: UInt32, to pid: UInt32) throws {
    let infos = try records(of: TtyInfoEntry.self, in: .ttyInfo) ?? []
    let renamed = infos.map { info in
      var info = info
      if info.sid == session { (info.sid, info.pgrp) = (pid, pid) }
      return info
    }
    try write(records: renamed, to: .ttyInfo)
  }

  private func plan(pids: [Int32], options: RestoreOptions) throws -> FilePlan {
    try FilePlan(
      reading: self,
      holders: descriptors.enumerated().map { index, descriptors in
        FileHolder(
          pid: pids[index], subject: "task \(index)", filesID: UInt32(index), descriptors: descriptors, filesystem: nil)
      }, options: options, log: Log(level: .message))
  }

  private final class Stream: ImageStream {
    let set: KindsSet
    let name: ImageName
    var bytes: [UInt8]?

    init(_ set: KindsSet, _ name: ImageName) { (self.set, self.name) = (set, name) }

    func write(_ bytes: RawSpan) throws(Failure) { bytes.withUnsafeBytes { self.bytes = (self.bytes ?? []) + $0 } }
    func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
      var piece = [UInt8](repeating: 0, count: byteCount)
      let count = try pipe.borrowed().read(into: &piece, "pipe")
      guard count == byteCount else {
        throw Failure("read the pipe", "test", .badMessage, remedy: "Write it in one piece.")
      }
      bytes = (bytes ?? []) + piece
    }
    func finish() throws(Failure) { set.images[name] = bytes }
  }

  private final class Reader: ImageReader {
    private let bytes: [UInt8]
    private var position = 0
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
      let count = min(buffer.count, bytes.count - position)
      buffer.copyBytes(from: bytes[position..<position + count])
      position += count
      return count
    }
  }
}

/// Closes all but those descriptors, and moves them to the numbers from 3 on.
func keepOnly(_ descriptors: [CInt]) throws(Failure) {
  var start: UInt32 = 0
  for number in descriptors.sorted() {
    if UInt32(number) > start { try closeDescriptors(start...UInt32(number) - 1) }
    start = UInt32(number) + 1
  }
  try closeDescriptors(start...UInt32.max)
}
