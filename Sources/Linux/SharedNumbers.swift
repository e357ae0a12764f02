internal import CLinux

/// Numbers that this process and every process cloned from it later add to, each in one step.
public final class SharedNumbers {
  private let words: UnsafeMutablePointer<Int64>
  private let byteCount: Int

  /// - Parameter count: All begin at 0.
  public init(count: Int) throws(Failure) {
    byteCount = count * MemoryLayout<Int64>.stride
    words = try mapAnonymous(byteCount: byteCount, sharing: .shared).bindMemory(to: Int64.self, capacity: count)
  }

  deinit { unmap(words, byteCount: byteCount) }

  /// What others do meanwhile may be lost by a store, not by `add`.
  public subscript(_ index: Int) -> Int {
    get { Int(words[index]) }
    set { words[index] = Int64(newValue) }
  }

  public func add(_ value: Int, to index: Int) { cl_add(words + index, Int64(value)) }
}
