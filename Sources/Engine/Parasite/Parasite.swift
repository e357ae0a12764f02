internal import CParasite
public import Linux
public import Streams

/// Code of ours in a frozen task, run by the task's own threads (parasite.h). A thread is sent there by its first
/// command; `cure` takes all of them back and leaves the task as it was. Nothing is left behind when we die, at
/// whatever instant: RemoteCall tells how until the area stands, parasite.h how from then on.
public final class Parasite {
  public let task: FrozenTask
  let log: Log
  private let journal: any Journal
  let memory: TaskMemory
  let code: CodeAddresses
  let layout: ParasiteLayout
  /// Of the area, in the task. It is no mapping of the program.
  public let address: UInt64
  /// The thread that maps and unmaps the area.
  let host: FrozenThread
  private let origin: AreaOrigin
  private let indexes: [Int32: Int]
  private var entry: Int?
  private var isMapped = false
  /// While the host's stack is borrowed.
  private var call: RemoteCall?
  /// The area in our own memory.
  private(set) var base: UnsafeMutableRawPointer?
  private var isWatched = false
  /// By index: whether the thread runs in the area.
  var isInside: [Bool]
  /// By index: commands that were started.
  var sequences: [UInt32]
  /// Threads that were given a command which has not been collected.
  var runningCount = 0
  /// Until a thread has made it so, the data is as little writable as the code.
  var isDataWritable = false

  public var byteCount: Int { layout.byteCount }

  /// - Parameters:
  ///   - sequences: One for all tasks of a dump, so that each library is searched once.
  ///   - origin: Of the area.
  ///   - journal: The area is entered before it is made.
  /// - Throws: `EOPNOTSUPP` the task cannot be entered: code of both kinds, a shadow stack, no C library; `ENOMEM` no room.
  public static func inject(
    into task: FrozenTask, sequences: CodeSequences = CodeSequences(), origin: AreaOrigin = .possible,
    journal: any Journal, log: Log
  ) throws(Failure) -> Parasite {
    try inject(into: [task], sequences: sequences, origin: origin, journal: journal, log: log)
    return task.parasite!
  }

  /// Into several tasks side by side, and none of them when it fails.
  ///
  /// - Parameter layouts: By pid, of tasks whose mappings are known.
  static func inject(
    into tasks: [FrozenTask], layouts: [Int32: TaskLayout] = [:], sequences: CodeSequences,
    origin: AreaOrigin = .possible, journal: any Journal, log: Log
  ) throws(Failure) {
    do throws(Failure) {
      for task in tasks {
        let layout = if let known = layouts[task.pid] { known } else { try TaskLayout(of: task.pid) }
        task.parasite = try Parasite(task, layout, sequences, origin, journal, log)
      }
      var wave = Wave(tasks.map { $0.parasite! })
      wave.step { (parasite) throws(Failure) in try parasite.beginMapping() }
      wave.step { (parasite) throws(Failure) in try parasite.call!.enter() }
      wave.step { (parasite) throws(Failure) in try parasite.finishMapping() }
      try wave.finish()
    } catch {
      for task in tasks { task.parasite?.cureAfterFailure() }
      throw error
    }
  }

  private init(
    _ task: FrozenTask, _ mappings: TaskLayout, _ sequences: CodeSequences, _ origin: AreaOrigin,
    _ journal: any Journal, _ log: Log
  ) throws(Failure) {
    guard let leader = task.threads.first else {
      throw Failure("enter the task", task.subject, .noProcess, remedy: "It has ended: there is nothing to read.")
    }
    let convention = CallConvention(of: leader.context.registers)
    let isMixed = task.threads.contains { CallConvention(of: $0.context.registers) != convention }
    if isMixed || leader.status.hasShadowStack {
      throw Failure(
        "enter the task", task.subject, .notSupported,
        remedy: leader.status.hasShadowStack
          ? "Its returns are checked against a shadow stack: start it without (GLIBC_TUNABLES=glibc.cpu.x86_shstk=off)."
          : "Some of its threads run 32-bit code, and some 64-bit code: dump it while all run the same.")
    }
    self.task = task
    self.log = log
    self.journal = journal
    self.origin = origin
    memory = try TaskMemory(pid: task.pid)
    host = task.threads.first { $0.status.seccompMode == 0 } ?? leader
    layout = ParasiteLayout(
      threadCount: task.threads.count, frameByteCount: convention.frame(of: leader.context).byteCount)
    guard let code = try sequences.addresses(in: mappings, memory: memory, convention) else {
      throw Failure(
        "enter the task", task.subject, .notSupported,
        remedy: "No code that returns from a signal was found in it: link the program with a C library.")
    }
    self.code = code
    guard let address = mappings.hole(byteCount: UInt64(layout.byteCount), below: convention.addressLimit) else {
      throw Failure(
        "enter the task", task.subject, .noMemory, remedy: "Its address space is full: no room for \(layout.byteCount) bytes.")
    }
    self.address = address
    indexes = Dictionary(uniqueKeysWithValues: task.threads.enumerated().map { ($1.tid, $0) })
    isInside = [Bool](repeating: false, count: task.threads.count)
    self.sequences = [UInt32](repeating: 0, count: task.threads.count)
  }

  // A word that the kernel is to find in the robust list must stay mapped. This is the area's end, which takes the kernel
  // as long as to make it: who keeps us until the thaw, keeps it out of the freeze.
  deinit { if let base, !isWatched { unmap(base, byteCount: layout.byteCount) } }

  // MARK: Moving in

  private func beginMapping() throws(Failure) {
    entry = try journal.enter(
      .areaMapped(
        pid: task.pid, address: address, byteCount: layout.byteCount, systemCall: code.systemCall,
        signalReturn: code.signalReturn, convention: code.convention.rawValue))
    if origin == .segment { return try beginAttaching() }
    try borrow()
    // Readable and executable only, which also a task that refuses to gain executable memory maps.
    let readExecute: UInt64 = 1 | 4
    let sharedAnonymousThere: UInt64 = 0x1 | 0x20 | 0x10_0000
    try call!.begin(
      RemoteCallNumber.mmap, [address, UInt64(layout.byteCount), readExecute, sharedAnonymousThere, .max, 0])
  }

  private func beginAttaching() throws(Failure) {
    let area = try AreaSegment(for: task, byteCount: layout.byteCount)
    base = area.base
    try borrow()
    try call!.begin(RemoteCallNumber.shmat, [UInt64(area.segment.id), address, AreaSegment.executable])
  }

  private func finishMapping() throws(Failure) {
    // It may be, also where we do not learn it.
    isMapped = true
    let result = try call!.finish()
    guard UInt64(bitPattern: Int64(result)) == address else {
      isMapped = false
      throw Failure(
        "map memory in the task", "\(task.subject), \(layout.byteCount) bytes", Errno(result: result) ?? .exists,
        remedy: "Raise its limits of address space and locked memory (prlimit --as, --memlock).")
    }
    if origin == .mapping { try mapHere() }
    if task.threads.contains(where: { $0.status.seccompMode != 0 }) { try makeDataWritable(call!) }
    // Its own stack has served: from here on its frame is in the area.
    try giveBack()
    fill()
    try RobustList.enter(release)
    isWatched = true
  }

  /// Puts a signal frame on the host's stack, for remote calls.
  private func borrow() throws(Failure) {
    let stack = try BorrowedStack(of: host, memory: memory, code: code)
    call = RemoteCall(task: task, thread: host, code: code, stack: stack)
  }

  private func giveBack() throws(Failure) {
    let call = call
    self.call = nil
    try call?.putBack()
  }

  /// Threads do it on their way in; but one with filters would not survive the call if we die before it runs.
  private func makeDataWritable(_ call: RemoteCall) throws(Failure) {
    let readWrite: UInt64 = 1 | 2
    let result = try call.make(
      RemoteCallNumber.mprotect, remote(layout.headerOffset), UInt64(layout.byteCount - layout.headerOffset), readWrite)
    if let errno = Errno(result: result) {
      throw Failure("protect our memory in the task", task.subject, errno, remedy: "Report this: it cannot fail.")
    }
    isDataWritable = true
  }

  private func mapHere() throws(Failure) {
    let range = String(address, radix: 16) + "-" + String(address + UInt64(layout.byteCount), radix: 16)
    let file = try openReadWrite(
      "/proc/\(task.pid)/map_files/\(range)",
      remedy: "Run as root, or with CAP_CHECKPOINT_RESTORE.")
    base = try mapShared(file, byteCount: layout.byteCount, "area of \(task.subject)")
  }

  /// The code, and a frame and an idle slot for each thread. The magic last: who cleans up after us would take the zeros
  /// of a half-filled header for the program's descriptor 0.
  private func fill() {
    local(0).copyMemory(from: blob_dump_start(), byteCount: Int(blob_dump_byte_count()))
    let header = local(layout.headerOffset).assumingMemoryBound(to: parasite_header.self)
    forgetOpened()
    header.pointee.slots = remote(layout.slotsOffset)
    header.pointee.slot_count = UInt32(task.threads.count)
    header.pointee.slot_stride = UInt32(layout.slotStride)
    for (index, thread) in task.threads.enumerated() {
      let frame = code.convention.frame(of: thread.context)
      let frameAddress = remote(layout.frameOffset(index))
      frame.bytes(at: frameAddress, signalReturn: remote(Int(parasite_signal_return_offset()))).withUnsafeBytes {
        local(layout.frameOffset(index)).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
      }
      slot(index).pointee.header = remote(layout.headerOffset)
      slot(index).pointee.context = frameAddress + UInt64(frame.returnedOffset)
      slot(index).pointee.is_filtered = thread.status.seccompMode != 0 ? 1 : 0
      slot(index).pointee.is_32bit = code.convention.is32Bit ? 1 : 0
      slot(index).pointee.wake_mask = 1 << UInt32(index % 31)
    }
    futexStore(headerWord(\.magic), PARASITE_MAGIC)
  }

  // MARK: Addresses

  func local(_ offset: Int) -> UnsafeMutableRawPointer { base! + offset }
  func remote(_ offset: Int) -> UInt64 { address + UInt64(offset) }
  func slot(_ index: Int) -> UnsafeMutablePointer<parasite_slot> {
    local(layout.slotOffset(index)).assumingMemoryBound(to: parasite_slot.self)
  }
  func word(_ field: PartialKeyPath<parasite_slot>, of index: Int) -> UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(slot(index)) + MemoryLayout<parasite_slot>.offset(of: field)!)
      .assumingMemoryBound(to: UInt32.self)
  }
  func index(of thread: FrozenThread) -> Int { indexes[thread.tid]! }

  var header: UnsafeMutablePointer<parasite_header> {
    local(layout.headerOffset).assumingMemoryBound(to: parasite_header.self)
  }

  func headerWord(_ field: PartialKeyPath<parasite_header>) -> UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(header) + MemoryLayout<parasite_header>.offset(of: field)!).assumingMemoryBound(to: UInt32.self)
  }

  /// The word that tells the parasite whether we live.
  var release: UnsafeMutablePointer<UInt32> {
    local(layout.headerOffset + Int(PARASITE_RELEASE_OFFSET)).assumingMemoryBound(to: UInt32.self)
  }

  // MARK: Moving out

  /// Takes every thread back to where it was frozen, and the area out of the task. Once; the tree can be thawed then.
  public func cure() throws(Failure) { try Parasite.cure([self]) }

  /// Of several tasks side by side.
  public static func cure(_ parasites: [Parasite]) throws(Failure) {
    var wave = Wave(parasites)
    stop(&wave)
    wave.step { (parasite) throws(Failure) in try parasite.beginUnmapping() }
    wave.step { (parasite) throws(Failure) in if parasite.isMapped { try parasite.call!.enter() } }
    wave.step { (parasite) throws(Failure) in try parasite.finishUnmapping() }
    try wave.finish()
  }

  private func beginUnmapping() throws(Failure) {
    // A failure left it where it is.
    try giveBack()
    if isWatched {
      try RobustList.leave(release)
      isWatched = false
    }
    guard isMapped else { return }
    try borrow()
    try closeOpened(call!)
    try call!.begin(RemoteCallNumber.munmap, [address, UInt64(layout.byteCount)])
  }

  private func finishUnmapping() throws(Failure) {
    if isMapped {
      let result = try call!.finish()
      try giveBack()
      guard result == 0 else {
        throw Failure(
          "unmap our memory in the task", task.subject, Errno(result: result) ?? .inputOutput,
          remedy: "Report this: it cannot fail.")
      }
      isMapped = false
    }
    drop()
  }

  /// The task was killed, and the area went with its memory. Its pid may soon be another's.
  func forget() throws(Failure) {
    if isWatched { try RobustList.leave(release) }
    isWatched = false
    isMapped = false
    drop()
  }

  private func drop() {
    if let entry { journal.strike(entry) }
    entry = nil
    task.parasite = nil
  }

  /// What `cure` cannot do, the journal does later.
  func cureAfterFailure() {
    do throws(Failure) { try cure() } catch { log.warning("\(error.during("leaving \(task.subject)").summary)") }
  }
}
