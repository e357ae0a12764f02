import Testing

/// Sets that leave pages to their parents, and parents that lose what later sets have.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct IncrementalTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: ["dedup", "auto_dedup", "failed_restore", "failed_dump", "compressed", "to_a_page_server"])
  func pagesThatNobodyNeedsAreDropped(_ name: String) {
    Script("Incremental/chain.sh").expectSuccess(name)
  }
}
