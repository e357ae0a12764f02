import Glibc
import Testing

@testable import Linux

struct RecordedAnswersTests {
  private func recorded(
    room: Int = 2048, _ record: (inout AnswerRecorder) -> Void, _ body: (RecordedAnswers) throws -> Void
  ) rethrows {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 8)
    defer { memory.deallocate() }
    var recorder = AnswerRecorder(memory)
    record(&recorder)
    #expect(recorder.byteCount <= room)
    try body(RecordedAnswers(UnsafeRawBufferPointer(rebasing: memory[..<recorder.byteCount])))
  }

  @Test func answersOfASocketAreThoseOfTheCalls() throws {
    let socket = BorrowedFD(Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
    defer { socket.close() }
    let questions: [FileQuestion] = [
      .signalOwner, .socketOption(.domain), .socketOption(.sendTimeout, byteCount: 16), .socketName, .socketFilter(0),
      .socketOption(.peerName, byteCount: 16), .readiness(events: 4), .position,
    ]
    recorded { recorder in
      for question in questions { recorder.record(question, of: socket) }
      recorder.record(.info) { room in
        room.copyBytes(from: [1, 2, 3])
        return 3
      }
      recorder.record(.watchedNumbers, result: 1)
    } _: { answers in
      for question in questions {
        var bytes = [UInt8](repeating: 0, count: Int(question.room))
        let (result, count) = bytes.withUnsafeMutableBytes { socket.ask(question, into: $0) }
        let known = answers.answer(to: question)
        #expect(known?.result == result && known.map { Array($0.bytes) } == Array(bytes.prefix(count)))
      }
      #expect(answers.answer(to: .info).map { Array($0.bytes) } == [1, 2, 3])
      #expect(answers.answer(to: .watchedNumbers)?.result == 1)
      #expect(answers.answer(to: .socketOption(.type)) == nil && answers.answer(to: .readiness(events: 1)) == nil)
    }
  }

  @Test func anAnswerWithoutRoomIsLeftOut() {
    let file = BorrowedFD(0)
    recorded(room: 64) { recorder in
      recorder.record(.info) { $0.count }
      #expect(!recorder.isWhole)
      recorder.record(.position, of: file)
      recorder.record(.signalOwner, of: file)
      recorder.record(.signalNumber, of: file)
    } _: { answers in
      #expect(answers.answer(to: .info) == nil && answers.answer(to: .signalNumber) == nil)
      #expect(answers.answer(to: .position) != nil)
    }
  }

  /// More than was foreseen, and some of it longer than any piece of memory so far.
  @Test func aStoreKeepsAllAnswersWhereTheyAre() throws {
    let store = AnswerStore(byteCount: 100)
    let lengths = (0..<40).map { $0 * 700 } + [300_000, 5]
    var kept: [RecordedAnswers] = []
    for (index, length) in lengths.enumerated() {
      let answers = try store.record { (recorder) throws(Failure) in
        recorder.record(.info) { room in
          let piece = room.prefix(length)
          for place in piece.indices { room[place] = UInt8(truncatingIfNeeded: index) }
          return piece.count
        }
      }
      kept.append(answers)
    }
    for (index, answers) in kept.enumerated() {
      let bytes = answers.answer(to: .info)?.bytes
      #expect(bytes?.count == lengths[index])
      #expect(bytes?.allSatisfy { $0 == UInt8(truncatingIfNeeded: index) } == true)
    }
  }
}
