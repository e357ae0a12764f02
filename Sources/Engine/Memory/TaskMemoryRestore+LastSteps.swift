internal import CParasite
internal import Images
internal import Linux
internal import Streams

extension TaskMemoryRestore {
  /// Bytes of the bootstrap area that `lastSteps` takes at most.
  static func lastStepsByteCount(for record: MmEntry) -> Int {
    // A move, a map, a protection and all advice, each of 24 bytes; the lists and their heads.
    record.vmas.reduce(4096 + record.mmSavedAuxv.count * 8) {
      $0 + 24 * (5 + ($1.madv ?? 0).nonzeroBitCount)
    }
  }

  /// What the blob does to make this task's memory what it was.
  ///
  /// - Parameters:
  ///   - keep: What the blob itself works in, ascending, in whole pages; the arena need not be in it.
  ///   - executable: A descriptor of the program's file; the blob closes it.
  func lastSteps(
    keep: [Range<UInt64>], executable: CInt, in area: BootstrapArea
  ) throws(Failure) -> UnsafeMutablePointer<restore_memory> {
    let memory = try area.allocate(restore_memory.self)
    let vdsoSteps = try vdsoSteps(in: area)
    memory.pointee.vdso = vdsoSteps.steps
    let kept = (keep + vdsoSteps.keep + standing + (arena.range.isEmpty ? [] : [arena.range])).sorted {
      $0.lowerBound < $1.lowerBound
    }
    (memory.pointee.keep, memory.pointee.keep_count) = try list(
      kept.map { memory_range(start: $0.lowerBound, end: $0.upperBound) }, in: area)
    memory.pointee.arena = memory_range(start: arena.range.lowerBound, end: arena.range.upperBound)
    memory.pointee.address_limit = AddressPlan.addressLimit
    (memory.pointee.moves, memory.pointee.move_count) = try list(moves, in: area)
    (memory.pointee.maps, memory.pointee.map_count) = try list(maps, in: area)
    (memory.pointee.protections, memory.pointee.protection_count) = try list(protections, in: area)
    (memory.pointee.advices, memory.pointee.advice_count) = try list(advices, in: area)
    memory.pointee.layout = try layout(executable: executable, in: area)
    return memory
  }

  func list<T>(
    _ values: [T], in area: BootstrapArea
  ) throws(Failure) -> (UnsafeMutablePointer<T>?, UInt64) {
    guard !values.isEmpty else { return (nil, 0) }
    let memory = try area.allocate(T.self, count: values.count)
    memory.update(from: values, count: values.count)
    return (memory, UInt64(values.count))
  }

  /// Mappings that are in their places already, neighbours as one.
  var standing: [Range<UInt64>] {
    var standing: [Range<UInt64>] = []
    for (mapping, place) in zip(mappings, places) where place?.address == mapping.entry.start {
      AddressRanges.append(mapping.range, to: &standing)
    }
    return standing
  }

  /// Mappings that are neighbours both in the arena and in their places, within one mapping of the kernel, go at once.
  var moves: [memory_move] {
    var moves: [memory_move] = []
    var lastBlock = 0
    for (mapping, place) in zip(mappings, places) {
      guard let place, place.address != mapping.entry.start else { continue }
      let byteCount = UInt64(mapping.byteCount)
      if let last = moves.last, lastBlock == place.block, last.from + last.byte_count == place.address,
        last.to + last.byte_count == mapping.entry.start
      {
        moves[moves.count - 1].byte_count += byteCount
      } else {
        moves.append(memory_move(from: place.address, to: mapping.entry.start, byte_count: byteCount))
      }
      lastBlock = place.block
    }
    return moves
  }

  /// Anonymous memory without contents.
  var maps: [memory_map] {
    var maps: [memory_map] = []
    for (mapping, place) in zip(mappings, places) where place == nil {
      guard mapping.kind == .anonymous || (mapping.kind == .vvar && proxiesVdso) else { continue }
      let protection = mapping.entry.prot
      if let last = maps.last, mapping.isPlain, last.start + last.byte_count == mapping.entry.start,
        last.flags == mapping.mapFlags, last.protection == protection
      {
        maps[maps.count - 1].byte_count += UInt64(mapping.byteCount)
      } else {
        maps.append(
          memory_map(
            start: mapping.entry.start, byte_count: UInt64(mapping.byteCount), protection: protection,
            flags: mapping.mapFlags))
      }
    }
    return maps
  }

  private var protections: [memory_protection] {
    var protections: [memory_protection] = []
    for (index, mapping) in mappings.enumerated() {
      guard places[index] != nil, !hasFinalProtection[index], mapping.entry.prot != TaskMemoryRestore.filling else {
        continue
      }
      if let last = protections.last, last.start + last.byte_count == mapping.entry.start,
        last.protection == mapping.entry.prot
      {
        protections[protections.count - 1].byte_count += UInt64(mapping.byteCount)
      } else {
        protections.append(
          memory_protection(
            start: mapping.entry.start, byte_count: UInt64(mapping.byteCount), protection: mapping.entry.prot,
            padding: 0))
      }
    }
    return protections
  }

  /// madvise(2) of mappings, then guard pages, then locks, which bring pages in.
  private var advices: [memory_advice] {
    let own = mappings.filter { $0.kind != .vdso && $0.kind != .vvar && $0.kind != .vsyscall }
    var advices: [memory_advice] = []
    for mapping in own {
      var bits = mapping.entry.madv ?? 0
      while bits != 0 {
        let advice = UInt32(bits.trailingZeroBitCount)
        // Droppable memory is born with its advice.
        advices.append(TaskMemoryRestore.advice(mapping.entry, advice, mayFail: mapping.entry.flags & 0x0f == 0x08))
        bits &= bits - 1
      }
    }
    let guardInstall: UInt32 = 102
    for entry in record.vmas where RestoredMapping(entry).kind == .guardPages {
      advices.append(TaskMemoryRestore.advice(entry, guardInstall, mayFail: false))
    }
    // Writable memory that was locked and lacks pages got its lock with MLOCK_ONFAULT: a plain lock would fill it.
    // The lock stands even where pages cannot be brought in: of memory that nobody may read.
    for (index, mapping) in mappings.enumerated() where mapping.isLocked && !isLocked[index] {
      let lacksPages = mapping.kind == .anonymous && mapping.entry.prot & 2 != 0
      advices.append(
        TaskMemoryRestore.advice(
          mapping.entry, lacksPages ? MEMORY_ADVICE_LOCK_ON_FAULT : MEMORY_ADVICE_LOCK,
          mayFail: mapping.entry.prot == 0))
    }
    return advices
  }

  private static func advice(_ entry: VmaEntry, _ advice: UInt32, mayFail: Bool) -> memory_advice {
    memory_advice(
      start: entry.start, byte_count: entry.end - entry.start, advice: advice, may_fail: mayFail ? 1 : 0)
  }

  private func layout(executable: CInt, in area: BootstrapArea) throws(Failure) -> memory_layout {
    let (vector, count) = try list(record.mmSavedAuxv, in: area)
    return memory_layout(
      start_code: record.mmStartCode, end_code: record.mmEndCode, start_data: record.mmStartData,
      end_data: record.mmEndData, start_brk: record.mmStartBrk, brk: record.mmBrk, start_stack: record.mmStartStack,
      arg_start: record.mmArgStart, arg_end: record.mmArgEnd, env_start: record.mmEnvStart,
      env_end: record.mmEnvEnd, auxiliary_vector: UInt64(UInt(bitPattern: vector)),
      auxiliary_vector_byte_count: UInt32(count * 8), executable: executable)
  }
}
