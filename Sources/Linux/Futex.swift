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

/// Looks again and again for what another processor is about to do, for a tenth of a millisecond at most. To sleep
/// instead and be woken takes up to a tenth where the processor has gone idle meanwhile: four times what it takes another
/// process to make a call for us. Where there is no other processor, it looks once.
///
/// - Parameter look: Returns `nil` where it is to look again.
func lookFor<R, E: Error>(_ look: () throws(E) -> R?) throws(E) -> R? {
  let end = monotonicMicroseconds() + lookingMicroseconds
  repeat {
    if let found = try look() { return found }
    cl_relax()
  } while monotonicMicroseconds() < end
  return nil
}

private let lookingMicroseconds = processorCount() > 1 ? 100 : 0

/// Waits while `word` is `value`.
///
/// - Parameter looking: Whether it is likely to change within a moment.
public func futexAwaitChange(of word: UnsafeMutablePointer<UInt32>, from value: UInt32, looking: Bool = false) {
  if looking { futexLook(at: word, whileIts: value) }
  while futexLoad(word) == value { futexWait(word, expected: value, timeout: .seconds(1)) }
}

/// Waits for a moment while `word` is `value`.
public func futexLook(at word: UnsafeMutablePointer<UInt32>, whileIts value: UInt32) {
  _ = lookFor { futexLoad(word) == value ? nil : true }
}
