internal import Linux

/// What one process of ours read of a descriptor, and another makes a record of.
struct DescriptorReading {
  let status: FileStatus
  let flags: UInt32
  /// The name that was foreseen is still one of the file.
  let hasForeseenName: Bool
  let answers: RecordedAnswers
}

/// Memory that `DescriptorReaders` have in common: what there is to read, and for each descriptor of a table a place for
/// what was read. Each place has one writer.
final class DescriptorReadingMemory {
  struct Job {
    let number: UInt32
    let pid: Int32
    /// A pidfd of the process that wants it.
    let process: CInt
    /// Where its first slot is.
    let first: Int
    let count: Int
  }

  private struct Header {
    var pid: Int32
    var process: CInt
    var first: Int
    var count: Int
  }

  static let mostReaders = 3

  private struct Slot {
    /// The job that it was read for.
    var job: UInt32
    var flags: UInt32
    var hasForeseenName: Bool
    var answerByteCount: Int
    var status: FileStatus
  }

  /// With the answers, which begin in the middle: an inet socket's take 1,300 bytes.
  private static let slotByteCount = 2048
  /// Words that several processes write have a line of the processor's cache each, for which they need not wait then.
  private static let lineByteCount = 64
  private static let headerOffset = (2 + mostReaders) * lineByteCount
  private static let answersOffset = 256
  private static let mostSlots = 16384

  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let numbersOffset: Int
  private let capacity: Int
  /// Slots of this job and those before it.
  private var usedCount = 0

  /// - Parameter capacity: Descriptors of all tables; those above are left to who wants them.
  init(capacity: Int) throws(Failure) {
    precondition(MemoryLayout<Slot>.stride <= DescriptorReadingMemory.answersOffset)
    self.capacity = min(capacity, DescriptorReadingMemory.mostSlots)
    numbersOffset = (self.capacity + 1) * DescriptorReadingMemory.slotByteCount
    byteCount = numbersOffset + self.capacity * MemoryLayout<CInt>.stride
    memory = try mapAnonymous(byteCount: byteCount, sharing: .shared)
    bringIn()
  }

  deinit { unmap(memory, byteCount: byteCount) }

  /// Each process has to, before it is quick.
  func bringIn() { bringInPages(of: UnsafeMutableRawBufferPointer(start: memory, count: byteCount)) }

  // Before the slots: words that several processes write, then the header.

  private func sharedWord(_ index: Int) -> UnsafeMutablePointer<UInt32> {
    (memory + index * DescriptorReadingMemory.lineByteCount).assumingMemoryBound(to: UInt32.self)
  }

  /// The number of the job. A futex.
  private var jobWord: UnsafeMutablePointer<UInt32> { sharedWord(0) }

  /// The place that the other side has come to, and reads itself.
  private var reachedWord: UnsafeMutablePointer<UInt32> { sharedWord(1) }

  /// Whether a reader may hold copies of descriptors.
  private func holdingWord(_ reader: Int) -> UnsafeMutablePointer<UInt32> { sharedWord(2 + reader) }

  private var header: UnsafeMutablePointer<Header> {
    (memory + DescriptorReadingMemory.headerOffset).assumingMemoryBound(to: Header.self)
  }

  /// Behind the slots: of every place.
  private var numbers: UnsafeMutablePointer<CInt> { (memory + numbersOffset).assumingMemoryBound(to: CInt.self) }

  private func address(of place: Int) -> UnsafeMutableRawPointer {
    memory + (place + 1) * DescriptorReadingMemory.slotByteCount
  }

  private func slot(_ place: Int) -> UnsafeMutablePointer<Slot> {
    address(of: place).assumingMemoryBound(to: Slot.self)
  }

  private func word(of slot: UnsafeMutablePointer<Slot>) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(slot).assumingMemoryBound(to: UInt32.self)
  }

  private func answers(_ place: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: address(of: place) + DescriptorReadingMemory.answersOffset,
      count: DescriptorReadingMemory.slotByteCount - DescriptorReadingMemory.answersOffset)
  }

  // MARK: The side that wants it

  func start(_ job: UInt32, _ numbers: [CInt], pid: Int32, process: CInt) {
    let count = min(numbers.count, capacity - usedCount)
    header.pointee.first = usedCount
    header.pointee.count = count
    header.pointee.pid = pid
    header.pointee.process = process
    for (place, number) in numbers.prefix(count).enumerated() { self.numbers[usedCount + place] = number }
    usedCount += count
    futexStore(reachedWord, 0)
    futexStore(jobWord, job)
    futexWakeAll(jobWord)
  }

  /// - Parameter place: Of the job. What is returned stays while this lives.
  func reading(at place: Int, of job: UInt32) -> DescriptorReading? {
    guard place < header.pointee.count else { return nil }
    let index = header.pointee.first + place
    let slot = slot(index)
    guard futexLoad(word(of: slot)) == job else { return nil }
    return DescriptorReading(
      status: slot.pointee.status, flags: slot.pointee.flags, hasForeseenName: slot.pointee.hasForeseenName,
      answers: RecordedAnswers(UnsafeRawBufferPointer(rebasing: answers(index)[..<slot.pointee.answerByteCount])))
  }

  func advance(to place: Int) { futexStore(reachedWord, UInt32(clamping: place)) }

  /// Nothing more is wanted: waits until no reader holds a copy, which it does while it is at work.
  func finish() {
    advance(to: .max)
    awaitIdle()
  }

  func awaitIdle() {
    let end = Deadline(after: .milliseconds(20))  // of one that was killed
    for reader in 0..<DescriptorReadingMemory.mostReaders {
      while futexLoad(holdingWord(reader)) != 0, !end.hasPassed { pause(for: .microseconds(10)) }
    }
  }

  // MARK: The sides that read

  /// Waits for work that was not seen yet.
  func awaitNext(after last: UInt32) -> Job {
    while futexLoad(jobWord) == last { futexWait(jobWord, expected: last, timeout: .seconds(60)) }
    let number = futexLoad(jobWord)
    return Job(
      number: number, pid: header.pointee.pid, process: header.pointee.process, first: header.pointee.first,
      count: header.pointee.count)
  }

  /// Says that a reader may hold copies, before it asks whether a place is to be read: whoever calls `finish` sees that,
  /// or the reader sees the end.
  func begin(reader: Int) { futexStore(holdingWord(reader), 1) }

  func end(reader: Int) { futexStore(holdingWord(reader), 0) }

  /// Whether a place is still to be read.
  func isWanted(_ place: Int, of job: Job) -> Bool {
    place > Int(futexLoad(reachedWord)) && futexLoad(jobWord) == job.number
  }

  func number(at place: Int, of job: Job) -> CInt { numbers[job.first + place] }

  /// What `read` records is seen by the other side, unless there was no room for it all.
  func note(
    _ place: Int, of job: Job,
    _ read: (inout AnswerRecorder) throws(Failure) -> (FileStatus, flags: UInt32, hasForeseenName: Bool)
  ) throws(Failure) {
    var recorder = AnswerRecorder(answers(job.first + place))
    let (status, flags, hasForeseenName) = try read(&recorder)
    guard recorder.isWhole else { return }
    let slot = slot(job.first + place)
    slot.pointee.status = status
    slot.pointee.flags = flags
    slot.pointee.hasForeseenName = hasForeseenName
    slot.pointee.answerByteCount = recorder.byteCount
    futexStore(word(of: slot), job.number)
  }
}
