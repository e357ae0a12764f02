internal import CLinux
internal import Glibc

/// Takes the free pieces in malloc's heap, for good, so that processes cloned from now on get memory from its end: of a page
/// with a piece in it, each would have the kernel make a copy, which costs twice what a new page does.
public func useUpFreeHeap() {
  guard let end = sbrk(0), end != UnsafeMutableRawPointer(bitPattern: -1) else { return }
  let last = UInt(bitPattern: end) - UInt(cl_heap_end_byte_count())
  var byteCount = 64 << 10
  while byteCount >= 16 {
    while let piece = malloc(byteCount) {
      guard UInt(bitPattern: piece) >= last else { continue }
      free(piece)
      break
    }
    byteCount = byteCount > 1024 ? byteCount / 2 : byteCount - 16
  }
}
