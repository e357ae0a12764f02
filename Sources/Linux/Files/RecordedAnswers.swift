internal import CLinux

/// What comes before the bytes of an answer, which are padded to 8.
private struct AnswerHead {
  let question: FileQuestion
  let result: Int
  let count: Int

  /// With the bytes.
  var byteCount: Int { MemoryLayout<AnswerHead>.stride + (count + 7) & ~7 }
}

/// Writes answers into memory that another process reads.
public struct AnswerRecorder {
  private let memory: UnsafeMutableRawBufferPointer
  public private(set) var byteCount = 0

  /// - Parameter memory: Begins at a multiple of 8.
  public init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// Puts a question to a file. Without room for the answer, it is left out.
  public mutating func record(_ question: FileQuestion, of file: BorrowedFD) {
    guard let bytes = room(for: Int(question.room)) else { return }
    let (result, count) = file.ask(question, into: bytes)
    finish(question, result, count)
  }

  /// An answer that is known.
  public mutating func record(_ question: FileQuestion, _ answer: [UInt8]) {
    guard let bytes = room(for: answer.count) else { return }
    bytes.copyBytes(from: answer)
    finish(question, 0, answer.count)
  }

  private func room(for count: Int) -> UnsafeMutableRawBufferPointer? {
    let start = byteCount + MemoryLayout<AnswerHead>.stride
    guard start + count + 7 <= memory.count else { return nil }
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + count)])
  }

  private mutating func finish(_ question: FileQuestion, _ result: Int, _ count: Int) {
    let head = AnswerHead(question: question, result: result, count: count)
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
        return (head.result, UnsafeRawBufferPointer(rebasing: memory[bytes..<(bytes + head.count)]))
      }
      start += head.byteCount
    }
    return nil
  }
}
