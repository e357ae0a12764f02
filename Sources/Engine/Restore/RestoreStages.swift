internal import CParasite
internal import Linux

/// The barriers of a restore, in memory that the engine shares with every task it makes.
///
/// A stage ends when all its participants have reported; then the engine opens the next one. The first failure, in
/// whichever process, wins, wakes everybody, and ends the restore.
final class RestoreStages {
  /// A stage of restorer.h, by its number there.
  enum Stage: UInt32 {
    case forked = 1
    case made = 2
    case placed = 3
    case mapped = 4
    case built = 5
    case signals = 6
    case parked = 7
  }

  let shared: UnsafeMutablePointer<restore_shared>
  private let log: Log

  /// - Parameter memory: Zeroed, shared, at an address that no task's mapping touches.
  init(in memory: UnsafeMutableRawPointer, log: Log) {
    self.log = log
    shared = memory.bindMemory(to: restore_shared.self, capacity: 1)
    shared.pointee.stage = Stage.forked.rawValue
  }

  // MARK: In a task

  /// Reports that this process ended `stage`, and waits until all have. Does not return when the restore failed.
  func end(_ stage: Stage) {
    if restore_stage_end(shared, stage.rawValue) != 0 { exitNow(1) }
  }

  /// Waits for a stage to open without taking part in the barriers before it.
  func wait(for stage: Stage) {
    if restore_stage_wait(shared, stage.rawValue) != 0 { exitNow(1) }
  }

  /// Reports why this task cannot be restored, and leaves.
  func fail(_ failure: Failure, pid: Int32) -> Never {
    let texts = [failure.attempted, failure.subject, failure.remedy, failure.trail.joined(separator: "\n")]
    let bytes = texts.flatMap { $0.utf8.prefix(390) + [0] }
    bytes.withUnsafeBufferPointer { bytes in
      restore_fail_text(
        shared, restore_load(stageWord), pid, failure.errno.number, bytes.baseAddress, UInt32(bytes.count))
    }
    exitNow(1)
  }

  // MARK: In the engine

  /// Waits until `participants` have ended the current stage, then opens the next.
  ///
  /// - Parameters:
  ///   - next: Where stages are left out.
  ///   - whileWaiting: Called ten times a second, to see who died.
  ///   - beforeNext: Called when all have arrived, and none goes on yet.
  func complete(
    _ stage: Stage, participants: Int, opening next: Stage? = nil, whileWaiting: () throws(Failure) -> Void,
    beforeNext: () throws(Failure) -> Void = {}
  ) throws(Failure) {
    try log.phase("\(stage)") { () throws(Failure) in
      restore_store(word(\.awaited), UInt32(participants))
      while true {
        if let failure = failure { throw failure }
        let arrived = restore_load(arrivedWord)
        if arrived == UInt32(participants) { break }
        futexWait(arrivedWord, expected: arrived, timeout: .milliseconds(100))
        if restore_load(arrivedWord) == arrived { try whileWaiting() }
      }
      try beforeNext()
    }
    restore_store(arrivedWord, 0)
    restore_store(stageWord, next?.rawValue ?? stage.rawValue + 1)
    futexWakeAll(stageWord)
  }

  /// What the first failing process reported.
  var failure: Failure? {
    guard restore_load(failedWord) != 0 else { return nil }
    return RestoreFailure(shared.pointee.failure).failure
  }

  private var stageWord: UnsafeMutablePointer<UInt32> { word(\.stage) }
  private var arrivedWord: UnsafeMutablePointer<UInt32> { word(\.arrived) }
  private var failedWord: UnsafeMutablePointer<UInt32> { word(\.failed) }

  private func word(_ field: KeyPath<restore_shared, UInt32>) -> UnsafeMutablePointer<UInt32> {
    (UnsafeMutableRawPointer(shared) + MemoryLayout<restore_shared>.offset(of: field)!)
      .assumingMemoryBound(to: UInt32.self)
  }
}
