internal import CParasite
internal import Linux
internal import Streams

/// Words of a task's memory that the kernel writes when its threads end and others still have the memory: the one that
/// pthread_join(3) waits for (set_tid_address(2)), and those of robust mutexes (get_robust_list(2)). The restored
/// program, whose threads have not ended, is to find them as they were.
struct ExitWords {
  private var words: [(address: UInt64, value: [UInt8])] = []

  /// The task is frozen.
  ///
  /// - Parameters:
  ///   - threads: Of one task.
  ///   - pages: All that is put into an image: nobody will look at others. Ascending.
  init(of threads: [parasite_thread_state], in memory: TaskMemory, within pages: [PageExtent]) throws(Failure) {
    let reading = Reading(memory: memory, pages: pages)
    for thread in threads {
      let robust = reading.robustWords(thread.robust_list, wordByteCount: thread.is_32bit != 0 ? 4 : 8)
      for address in [thread.tid_address] + robust {
        if let value = reading.bytes(at: address, byteCount: 4) { words.append((address, value)) }
      }
    }
  }

  /// The threads have ended.
  func putBack(into memory: TaskMemory) throws(Failure) {
    for (address, value) in words where try memory.read(at: address, byteCount: value.count) != value {
      try memory.write(value, at: address)
    }
  }
}

/// A walk as the kernel's: it may lead anywhere, and ends where there is nothing.
private struct Reading {
  let memory: TaskMemory
  let pages: [PageExtent]

  /// As the kernel (ROBUST_LIST_LIMIT).
  private static let mostEntries = 2048

  /// - Parameter head: `struct robust_list_head`: the first entry, the place of words relative to their entries, and one
  ///   that is being locked or unlocked.
  func robustWords(_ head: UInt64, wordByteCount: Int) -> [UInt64] {
    func word(at address: UInt64) -> UInt64? {
      bytes(at: address, byteCount: wordByteCount)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let stride = UInt64(wordByteCount)
    guard head != 0, let first = word(at: head), let offset = word(at: head + stride),
      let pending = word(at: head + 2 * stride)
    else { return [] }
    var addresses: [UInt64] = []
    var entry = entryAddress(first)
    while entry != head, entry != 0, addresses.count < Reading.mostEntries {
      addresses.append(entry &+ offset)
      guard let next = word(at: entry) else { break }
      entry = entryAddress(next)
    }
    if pending != 0 { addresses.append(entryAddress(pending) &+ offset) }
    return addresses
  }

  /// The lowest bit says of which kind the mutex is.
  private func entryAddress(_ link: UInt64) -> UInt64 { link & ~1 }

  /// `nil` where no page of an image is.
  func bytes(at address: UInt64, byteCount: Int) -> [UInt8]? {
    let last = address &+ UInt64(byteCount) &- 1
    guard pages.extent(at: address) != nil, pages.extent(at: last) != nil else { return nil }
    do throws(Failure) { return try memory.read(at: address, byteCount: byteCount) } catch { return nil }
  }
}
