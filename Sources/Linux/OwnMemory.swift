internal import CLinux

/// Has memory at hand that the allocator of the C library gives out later without asking the kernel for it.
///
/// - Parameter byteCount: Of all that is going to be allocated.
public func reserveHeap(byteCount: Int) {
  // Large blocks come from the heap too, and what is freed at its end stays.
  _ = cl_mallopt(CInt(CL_M_MMAP_THRESHOLD), 32 << 20)
  _ = cl_mallopt(CInt(CL_M_TRIM_THRESHOLD), CInt.max)
  let blockByteCount = 64 << 10
  let blocks = stride(from: 0, to: byteCount, by: blockByteCount).map { _ in
    UnsafeMutableRawPointer.allocate(byteCount: blockByteCount, alignment: 16)
  }
  for block in blocks { block.deallocate() }
}

/// Brings in the private memory of this process that can be written: what it has in common with processes that were cloned
/// from it is copied now, not when it is in a hurry.
public func bringInOwnMemory() {
  let largest: UInt64 = 64 << 20
  guard let mappings = ifThere({ () throws(Failure) in try MapsFile.maps.readOwn() }) else { return }
  for mapping in mappings
  where !mapping.isShared && mapping.protection & 2 != 0 && mapping.end - mapping.start <= largest {
    bringInPages(
      of: UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(mapping.start)), count: Int(mapping.end - mapping.start)))
  }
}
