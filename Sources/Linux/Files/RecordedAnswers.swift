/// What comes before the bytes of an answer, which are padded to 8.
private struct AnswerHead {
  let question: FileQuestion
  let count: UInt32
  let result: Int

  /// With the bytes.
  var byteCount: Int { MemoryLayout<AnswerHead>.stride + (Int(count) + 7) & ~7 }
}

/// Writes answers into memory, that another process may read, or we later.
public struct AnswerRecorder {
  private let memory: UnsafeMutableRawBufferPointer
  public private(set) var byteCount = 0
  /// Whether there was room for every answer.
  public private(set) var isWhole = true

  /// - Parameter memory: Begins at a multiple of 8.
  public init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// What was recorded so far.
  public var answers: RecordedAnswers { RecordedAnswers(UnsafeRawBufferPointer(rebasing: memory[..<byteCount])) }

  /// Puts a question to a file. Without room for the answer, it is left out.
  ///
  /// - Returns: Of the call (-errno), and the answer.
  @discardableResult
  public mutating func record(
    _ question: FileQuestion, of file: BorrowedFD
  ) -> (result: Int, bytes: UnsafeRawBufferPointer) {
    guard let bytes = room(for: Int(question.room)) else { return (-1, UnsafeRawBufferPointer(start: nil, count: 0)) }
    let (result, count) = file.ask(question, into: bytes)
    finish(question, result, count)
    return (result, UnsafeRawBufferPointer(rebasing: bytes[..<count]))
  }

  /// An answer of unknown length.
  ///
  /// - Parameter read: Gets all the room that there is; returns how much it filled, or -errno.
  /// - Returns: `nil` where it is left out.
  @discardableResult
  public mutating func record(
    _ question: FileQuestion, reading read: (UnsafeMutableRawBufferPointer) -> Int
  ) -> UnsafeRawBufferPointer? {
    let start = byteCount + MemoryLayout<AnswerHead>.stride
    guard let bytes = room(for: max(memory.count - start - 7, 0)) else { return nil }
    let count = read(bytes)
    guard count >= 0 else { return nil }
    guard count < bytes.count else {
      isWhole = false
      return nil
    }
    finish(question, 0, count)
    return UnsafeRawBufferPointer(rebasing: bytes[..<count])
  }

  /// An answer that is known, without bytes.
  public mutating func record(_ question: FileQuestion, result: Int) {
    if room(for: 0) != nil { finish(question, result, 0) }
  }

  private mutating func room(for count: Int) -> UnsafeMutableRawBufferPointer? {
    let start = byteCount + MemoryLayout<AnswerHead>.stride
    guard start + count + 7 <= memory.count else {
      isWhole = false
      return nil
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + count)])
  }

  private mutating func finish(_ question: FileQuestion, _ result: Int, _ count: Int) {
    let head = AnswerHead(question: question, count: UInt32(count), result: result)
    (memory.baseAddress! + byteCount).bindMemory(to: AnswerHead.self, capacity: 1).initialize(to: head)
    byteCount += head.byteCount
  }
}

/// Answers that an `AnswerRecorder` wrote.
public struct RecordedAnswers {
  private let memory: UnsafeRawBufferPointer

  /// - Parameter memory: As many bytes as the recorder wrote.
  public init(_ memory: UnsafeRawBufferPointer) { self.memory = memory }

  /// - Returns: `nil` for a question that was not asked.
  public func answer(to question: FileQuestion) -> (result: Int, bytes: UnsafeRawBufferPointer)? {
    var start = 0
    while start < memory.count {
      let head = (memory.baseAddress! + start).assumingMemoryBound(to: AnswerHead.self).pointee
      let bytes = start + MemoryLayout<AnswerHead>.stride
      if head.question == question {
        return (head.result, UnsafeRawBufferPointer(rebasing: memory[bytes..<(bytes + Int(head.count))]))
      }
      start += head.byteCount
    }
    return nil
  }
}

/// Memory for the answers of many files, where they stay.
public final class AnswerStore {
  private var chunks: [UnsafeMutableRawBufferPointer]
  /// Of the last chunk.
  private var usedByteCount = 0

  private static let smallestChunk = 16 << 10
  /// Of pages.
  private static let alignment = 4096

  /// - Parameter byteCount: To have at hand, for who is in a hurry later.
  public init(byteCount: Int = 0) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(byteCount, AnswerStore.smallestChunk), alignment: AnswerStore.alignment)
    if byteCount > 0 { bringInPages(of: chunk) }
    chunks = [chunk]
  }

  deinit { for chunk in chunks { chunk.deallocate() } }

  /// Keeps what `ask` records. It is called again where the room was too small.
  public func record(_ ask: (inout AnswerRecorder) throws(Failure) -> Void) throws(Failure) -> RecordedAnswers {
    while true {
      let chunk = chunks.last!
      var recorder = AnswerRecorder(UnsafeMutableRawBufferPointer(rebasing: chunk[usedByteCount...]))
      try ask(&recorder)
      if recorder.isWhole {
        usedByteCount += recorder.byteCount
        return recorder.answers
      }
      addChunk(byteCount: usedByteCount == 0 ? chunk.count * 2 : AnswerStore.smallestChunk)
    }
  }

  private func addChunk(byteCount: Int) {
    chunks.append(.allocate(byteCount: byteCount, alignment: AnswerStore.alignment))
    usedByteCount = 0
  }
}
