internal import CParasite
internal import Linux

/// Where things are in the area, in bytes from its beginning (parasite.h).
struct ParasiteLayout {
  let codeByteCount: Int
  let argumentOffset: Int
  let slotsOffset: Int
  let slotStride: Int
  let byteCount: Int

  init(threadCount: Int, frameByteCount: Int) {
    func pages(_ byteCount: Int) -> Int { (byteCount + 4095) & ~4095 }
    codeByteCount = pages(Int(blob_dump_byte_count()))
    argumentOffset = codeByteCount + Int(PARASITE_HEADER_BYTE_COUNT)
    slotsOffset = argumentOffset + Int(PARASITE_ARGUMENT_BYTE_COUNT)
    slotStride = Int(PARASITE_SLOT_BYTE_COUNT) + Int(PARASITE_STACK_BYTE_COUNT) + pages(frameByteCount)
    byteCount = slotsOffset + threadCount * slotStride
  }

  var headerOffset: Int { codeByteCount }
  func slotOffset(_ index: Int) -> Int { slotsOffset + index * slotStride }
  func stackTop(_ index: Int) -> Int { frameOffset(index) }
  func frameOffset(_ index: Int) -> Int {
    slotOffset(index) + Int(PARASITE_SLOT_BYTE_COUNT) + Int(PARASITE_STACK_BYTE_COUNT)
  }
}
