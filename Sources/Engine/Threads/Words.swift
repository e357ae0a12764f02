/// Numbers in the kernel's byte order within bytes that ptrace moves.
extension [UInt8] {
  func word(at offset: Int) -> UInt64 {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
  }

  func number<N: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: N.Type) -> N {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  func numbers<N: FixedWidthInteger & BitwiseCopyable>(at offset: Int, byteCount: Int, as type: N.Type) -> [N] {
    let stride = MemoryLayout<N>.size
    return (0..<byteCount / stride).map { number(at: offset + $0 * stride, as: type) }
  }

  mutating func append(word: UInt64) {
    Swift.withUnsafeBytes(of: word) { append(contentsOf: $0) }
  }

  mutating func put<N: FixedWidthInteger & BitwiseCopyable>(_ number: N, at offset: Int) {
    withUnsafeMutableBytes { $0.storeBytes(of: number, toByteOffset: offset, as: N.self) }
  }

  mutating func put<N: FixedWidthInteger & BitwiseCopyable>(_ numbers: [N], at offset: Int) {
    for (index, number) in numbers.enumerated() { put(number, at: offset + index * MemoryLayout<N>.size) }
  }
}
