import Testing

/// What the command promises beside the images: each a script in Behaviour/.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct BehaviourTests {
  @Test(.timeLimit(.minutes(2))) func anIntervalTimerThatHasRunOutStartsAgain() {
    Script("Behaviour/timer.sh").expectSuccess()
  }
}
