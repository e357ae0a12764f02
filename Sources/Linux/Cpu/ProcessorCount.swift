internal import Glibc

/// sched_getaffinity(2): its number is not imported.
private let getAffinity = 204

/// Processors that this process may run on (sched_getaffinity(2)); 1 where the kernel does not say.
public func processorCount() -> Int {
  var mask = [UInt64](repeating: 0, count: 128)
  let byteCount = mask.withUnsafeMutableBytes { mask in
    systemCall(SystemCall(getAffinity), 0, mask.count, Int(bitPattern: mask.baseAddress))
  }
  guard byteCount > 0 else { return 1 }
  return max(mask.reduce(0) { $0 + $1.nonzeroBitCount }, 1)
}
