import Glibc
import Testing

@testable import Linux

@Suite(.enabled(if: processorCount() > 1, "needs a second processor"))
struct SecondThreadTests {
  private final class Notes: @unchecked Sendable {
    var steps: [Int] = []
    var thread: pthread_t?
    var isHandling = false
    var processors: ProcessorSet?
  }

  @Test func jobsAreDoneOneByOneOnAThreadOfItsOwn() throws {
    let notes = Notes()
    let thread = try #require(SecondThread { notes.steps.append(0) })
    for step in 1...3 {
      thread.start {
        usleep(2000)
        notes.steps.append(step)
        notes.thread = pthread_self()
      }
    }
    thread.finish()
    #expect(notes.steps == [0, 1, 2, 3])
    #expect(notes.thread.map { pthread_equal($0, pthread_self()) } == 0)
  }

  @Test func itsEndWaitsForItsJob() throws {
    let notes = Notes()
    var thread = SecondThread {}
    try #require(thread != nil)
    thread?.start {
      usleep(5000)
      notes.steps.append(1)
    }
    thread = nil
    #expect(notes.steps == [1])
  }

  @Test func itGetsNoSignal() throws {
    let notes = Notes()
    let thread = try #require(
      SecondThread {
        var blocked = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &blocked)
        notes.isHandling = [SIGCHLD, SIGTERM, SIGINT].contains { sigismember(&blocked, $0) == 0 }
      })
    thread.finish()
    #expect(!notes.isHandling)
  }

  @Test func readyItRunsElsewhere() throws {
    let notes = Notes()
    let thread = try #require(SecondThread {})
    let all = try #require(ProcessorSet.ofThisThread())
    thread.getReady()
    thread.start { notes.processors = .ofThisThread() }
    thread.finish()
    #expect(notes.processors?.count == all.count - 1)
  }
}
