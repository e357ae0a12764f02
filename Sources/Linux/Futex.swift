internal import CLinux
internal import Glibc

extension SystemCall {
  static let futex = SystemCall(SYS_futex)
}

/// Waits until `word` differs from `expected`, somebody wakes it, or the time is over (futex(2), shared between
/// processes). May return early: test the condition again.
public func futexWait(_ word: UnsafeMutablePointer<UInt32>, expected: UInt32, timeout: Duration) {
  let (seconds, attoseconds) = timeout.components
  var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  withUnsafeMutablePointer(to: &limit) { limit in
    _ = systemCall(
      .futex, Int(bitPattern: word), Int(FUTEX_WAIT), Int(expected), Int(bitPattern: limit))
  }
}

/// Wakes all that wait for `word` (futex(2), shared between processes).
public func futexWakeAll(_ word: UnsafeMutablePointer<UInt32>) {
  _ = systemCall(.futex, Int(bitPattern: word), Int(FUTEX_WAKE), Int(Int32.max))
}

/// Wakes those waiters for `word` whose own mask has a bit in common (FUTEX_WAKE_BITSET).
public func futexWake(_ word: UnsafeMutablePointer<UInt32>, mask: UInt32) {
  _ = systemCall(
    .futex, Int(bitPattern: word), Int(FUTEX_WAKE_BITSET), Int(Int32.max), 0, 0, Int(mask))
}

/// Stores so that what was written before is seen by whoever sees this value.
public func futexStore(_ word: UnsafeMutablePointer<UInt32>, _ value: UInt32) { cl_store(word, value) }

/// Loads so that what was written before this value was stored is seen.
public func futexLoad(_ word: UnsafeMutablePointer<UInt32>) -> UInt32 { cl_load(word) }

/// Stores `value` where `expected` is; of several that try, one does.
public func futexReplace(_ word: UnsafeMutablePointer<UInt32>, _ expected: UInt32, by value: UInt32) -> Bool {
  cl_replace(word, expected, value) != 0
}

/// Adds in one step.
///
/// - Returns: What was there before.
public func futexAdd(_ value: UInt32, to word: UnsafeMutablePointer<UInt32>) -> UInt32 { cl_fetch_add(word, value) }

/// Waits while `word` is `value`.
///
/// - Parameter looking: Microseconds in which it looks again and again first: to be woken takes 0.1 ms where the
///   processor has gone idle.
public func futexAwaitChange(of word: UnsafeMutablePointer<UInt32>, from value: UInt32, looking: Int = 0) {
  let end = monotonicMicroseconds() + looking
  while futexLoad(word) == value {
    if monotonicMicroseconds() < end { cl_relax() } else { futexWait(word, expected: value, timeout: .seconds(1)) }
  }
}
