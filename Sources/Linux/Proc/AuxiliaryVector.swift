/// The auxiliary vector that the kernel keeps of a process (getauxval(3), /proc/PID/auxv), as words: type and value by
/// turns, zeros at the end.
public func readAuxiliaryVector(pid: Int32) throws(Failure) -> [UInt64] {
  let bytes = try readBytes("/proc/\(pid)/auxv")
  return stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { start in
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
  }
}
