internal import Linux

/// Where each file's owner has it, for the tasks that share it: one number a file in memory that the engine maps before
/// it clones the root. Written before RESTORE_STAGE_MADE and read after it, so the barrier orders both.
final class MadeFileTable {
  /// Number + 1; 0 until the file is made.
  private let numbers: UnsafeMutablePointer<UInt32>
  private let byteCount: Int

  init(for plan: FilePlan) throws(Failure) {
    byteCount = max(plan.slots.count, 1) * MemoryLayout<UInt32>.stride
    numbers = try mapAnonymous(byteCount: byteCount, sharing: .shared).assumingMemoryBound(to: UInt32.self)
  }

  deinit { unmap(UnsafeMutableRawPointer(numbers), byteCount: byteCount) }

  subscript(key: FileKey, in plan: FilePlan) -> CInt? {
    guard let slot = plan.slots[key], numbers[slot] != 0 else { return nil }
    return CInt(numbers[slot] - 1)
  }

  func set(_ key: FileKey, to number: CInt, in plan: FilePlan) {
    if let slot = plan.slots[key] { numbers[slot] = UInt32(number) + 1 }
  }
}
