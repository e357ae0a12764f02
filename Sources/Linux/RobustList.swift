internal import CLinux
internal import Glibc

/// Words in shared memory that the kernel marks and wakes when this thread of ours ends, however it ends
/// (set_robust_list(2)): it replaces our TID by FUTEX_OWNER_DIED and wakes one waiter.
///
/// The C library has the list set up already; entries are put into its list, which only its robust mutexes use else.
public enum RobustList {
  /// Bits of such a word beside the TID.
  public static let waiters: UInt32 = 0x8000_0000
  public static let ownerDied: UInt32 = 0x4000_0000

  /// The kernel walks at most 2048 entries (ROBUST_LIST_LIMIT).
  public static let capacity = 2048

  /// Enters `word`, then gives it its value: our TID with `waiters`.
  ///
  /// - Parameter window: Memory around `word` of at least 128 bytes to both sides that is ours: the entry is in it.
  /// - Throws: `EOPNOTSUPP` the C library has its words further from its entries.
  public static func enter(_ word: UnsafeMutablePointer<UInt32>) throws(Failure) {
    let head = try current()
    guard abs(head[1]) <= 120, head[1] % 8 == 0, head[1] != 0 else {
      throw Failure(
        "watch over the parasite", "robust list, offset \(head[1])", .notSupported,
        remedy: "Run with a C library whose robust list is laid out as glibc's.")
    }
    let node = UnsafeMutableRawPointer(word).advanced(by: -head[1]).assumingMemoryBound(to: Int.self)
    node.pointee = head[0]
    head[0] = Int(bitPattern: node)
    word.pointee = UInt32(systemCall(SystemCall(SYS_gettid))) | waiters
  }

  /// Takes `word` out; nothing happens when it is not in the list.
  public static func leave(_ word: UnsafeMutablePointer<UInt32>) throws(Failure) {
    let head = try current()
    let node = Int(bitPattern: word) - head[1]
    var link = head
    while link.pointee != Int(bitPattern: head), let next = UnsafeMutablePointer<Int>(bitPattern: link.pointee) {
      if link.pointee == node {
        link.pointee = next.pointee
        return
      }
      link = next
    }
  }

  /// `struct robust_list_head` of the calling thread: first entry, then the word's place relative to an entry.
  private static func current() throws(Failure) -> UnsafeMutablePointer<Int> {
    var head: UnsafeMutablePointer<Int>?
    var byteCount = 0
    try withUnsafeMutablePointer(to: &head) { (head) throws(Failure) in
      _ = try withUnsafeMutablePointer(to: &byteCount) { (byteCount) throws(Failure) in
        try check("find the robust list", "this thread", remedy: "Report this kernel: it has no robust lists.") {
          systemCall(SystemCall(SYS_get_robust_list), 0, Int(bitPattern: head), Int(bitPattern: byteCount))
        }
      }
    }
    guard let head else {
      throw Failure(
        "find the robust list", "this thread", .notSupported, remedy: "Run with a C library that sets a robust list.")
    }
    return head
  }
}
