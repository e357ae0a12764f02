internal import CParasite
internal import Linux

/// Makes this process cheap to clone and its clones cheap to run and to empty, which is most of what a task of many costs.
///
/// The kernel copies no page tables for a mapping whose pages come from a file, since faults can fill them again: each
/// task would take one for every 64 KiB of our code that it runs through, half of all its faults. It does copy them where
/// any page of the mapping is the process's own (`vma_needs_copy` in its mm/memory.c), so one is made so: a byte of code is
/// written with what it is. Code that tasks do not need, such as what reads all images, is taken out of the tables first.
/// For many tasks, code and heap become huge pages, of which a table is one entry, or is at least copied and given up at
/// once.
///
/// - Parameters:
///   - own: Our mappings.
///   - taskCount: How many are to be cloned.
func prepareToBeCloned(_ own: [MapsEntry], taskCount: Int, log: Log) {
  useUpFreeHeap()
  let isWorthHugePages = taskCount >= 64  // each costs 0.3 ms
  let address = UInt64(UInt(bitPattern: blob_start()))
  guard let code = own.first(where: { $0.range.contains(address) })?.range else { return }
  do throws(Failure) {
    try dropPages(code)
    if isWorthHugePages { try copyCodeToHugePages(code) }
    let memory = try TaskMemory(pid: currentPid())
    for place in [code.lowerBound, code.upperBound - 1] {
      try memory.write(try memory.read(at: place, byteCount: 1), at: place)
    }
  } catch {
    log.debug("Tasks find their code by faults: \(error.summary)")
  }
  if isWorthHugePages, let heap = own.first(where: { $0.name == .heap }) { collapseHeap(from: heap.start) }
}
