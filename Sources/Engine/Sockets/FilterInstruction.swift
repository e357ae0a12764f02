/// An instruction of a classic socket filter (struct sock_filter of linux/filter.h), as the kernel and as images have it.
///
/// Images count the fields from the highest bit (sk_opts_entry.so_filter), so that they mean the same in either byte
/// order; in memory, the operation is first.
struct FilterInstruction: Equatable {
  let operation: UInt16
  let jumpIfTrue, jumpIfFalse: UInt8
  let operand: UInt32

  /// - Parameter memory: The eight bytes of the kernel, as a number of this machine.
  init(memory: UInt64) {
    operation = UInt16(truncatingIfNeeded: memory)
    jumpIfTrue = UInt8(truncatingIfNeeded: memory >> 16)
    jumpIfFalse = UInt8(truncatingIfNeeded: memory >> 24)
    operand = UInt32(truncatingIfNeeded: memory >> 32)
  }

  init(image: UInt64) {
    operation = UInt16(truncatingIfNeeded: image >> 48)
    jumpIfTrue = UInt8(truncatingIfNeeded: image >> 40)
    jumpIfFalse = UInt8(truncatingIfNeeded: image >> 32)
    operand = UInt32(truncatingIfNeeded: image)
  }

  var memory: UInt64 {
    UInt64(operation) | UInt64(jumpIfTrue) << 16 | UInt64(jumpIfFalse) << 24 | UInt64(operand) << 32
  }

  var image: UInt64 {
    UInt64(operation) << 48 | UInt64(jumpIfTrue) << 40 | UInt64(jumpIfFalse) << 32 | UInt64(operand)
  }
}
