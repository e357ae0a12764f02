import Testing

/// What cannot be dumped or restored: an error with its remedy, the exit status, and nothing left behind. Each is a
/// case of a script in BadInput/.
@Suite(.serialized, .enabled(if: Script.isRoot, "needs root"))
struct BadInputTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "no_such_pid", "no_such_directory", "no_permission", "disk_full", "shell_job", "pre_dump_script_fails",
      "post_dump_script_fails", "disk_full_compressed", "shard_disk_full", "reader_dies", "streamer_dies",
      "page_server_dies", "page_server_disk_full",
      "main_thread_ended",
    ])
  func aDumpThatFailsLeavesTheProgramUntouched(_ name: String) {
    Script("BadInput/dump.sh").expectSuccess(name)
  }

  @Test(.enabled(if: hasProgram("strace"), "strace is not installed"), .timeLimit(.minutes(2)))
  func aProgramThatIsTracedIsNotDumped() {
    Script("BadInput/dump.sh").expectSuccess("traced")
  }

  @Test(.timeLimit(.minutes(3))) func aProgramMayEndAtAnyMomentOfItsDump() {
    Script("BadInput/killed.sh").expectSuccess()
  }

  @Test(.timeLimit(.minutes(3))) func aProgramRunsOnWhenItsDumpIsKilledAtAnyMoment() {
    Script("BadInput/engine_killed.sh").expectSuccess()
  }

  @Test(
    .timeLimit(.minutes(3)),
    arguments: [
      "truncated", "truncated_pages", "missing", "wrong_magic", "pid_taken", "no_images_at_all", "only_memory",
      "file_gone", "file_of_other_size", "directory_gone", "no_permission", "script_fails",
      "damaged_frame", "damaged_frame_of_many", "helper_killed", "helper_killed_compressed",
    ])
  func aRestoreThatFailsLeavesNoProcess(_ name: String) {
    Script("BadInput/restore.sh").expectSuccess(name)
  }

  @Test(.timeLimit(.minutes(5))) func damagedImagesEndARestoreInGoodOrder() {
    Script("BadInput/mutations.sh").expectSuccess("150", "4242")
  }
}
