internal import Images
internal import Linux

extension TaskMemoryRestore {
  func mapFile(
    _ index: Int, files: MappingFiles, protection: UInt32
  ) throws(Failure) -> MemoryArena.Place {
    let mapping = mappings[index]
    let place = try arena.take(for: mapping.range, pageByteCount: mapping.pageByteCount, mayStand: true)
    try during("restoring the \(mapping.subject) of \(subject)") { () throws(Failure) in
      try files.map(mapping, at: place.address, protection: protection)
    }
    return place
  }

  /// Maps regular files that no mapping of pages of its own needs: a child that maps the same takes it over, which costs
  /// less than a tenth of the opening and mapping.
  func mapFilesForChildren(_ files: MappingFiles) throws(Failure) {
    for index in mappings.indices where places[index] == nil && mappings[index].kind == .file {
      try mapWhole(index, files: files)
    }
    files.close()
  }

  /// Maps the files, and the shared memory, of all mappings that have no place yet, and closes them again.
  func mapFiles(_ files: MappingFiles) throws(Failure) {
    for (index, mapping) in mappings.enumerated() where places[index] == nil {
      switch mapping.kind {
      case .file, .memfd, .sharedAnonymous: try mapWhole(index, files: files)
      case .sysV: places[index] = try attachSegment(index, files: files)
      default: break
      }
    }
    files.close()
    try makeRings()
  }

  /// Maps a file without pages of the task's own, or takes over the parent's mapping of it.
  private func mapWhole(_ index: Int, files: MappingFiles) throws(Failure) {
    places[index] =
      if let place = parent?.placeOfFile(for: mappings[index]) { place } else {
        try mapFile(index, files: files, protection: mappings[index].entry.prot)
      }
    hasFinalProtection[index] = true
  }

  /// Where a child has its mapping of a file, if we mapped the same for our children, opened and protected alike.
  private func placeOfFile(for mapping: RestoredMapping) -> MemoryArena.Place? {
    let entry = mapping.entry
    let index = mappings.firstIndex(endingAbove: entry.start) { $0.entry.end }
    guard index < mappings.count, hasFinalProtection[index], let place = places[index], mapping.kind == .file,
      mapping.isPart(of: mappings[index]), entry.prot == mappings[index].entry.prot,
      entry.fdflags == mappings[index].entry.fdflags
    else { return nil }
    return MemoryArena.Place(address: place.address + entry.start - mappings[index].entry.start, block: place.block)
  }

  /// - Parameter socket: Where the packet socket with a record stands.
  func mapPacketRings(_ socket: (UInt32) -> CInt?) throws(Failure) {
    for (index, mapping) in mappings.enumerated() where mapping.kind == .packetRing {
      guard let descriptor = socket(UInt32(truncatingIfNeeded: mapping.entry.shmid)) else {
        throw Failure(
          "map the rings of a packet socket", "\(mapping.subject) of \(subject), which has no file \(mapping.entry.shmid)",
          .badMessage, remedy: "The image is damaged: restore from another copy of the set.")
      }
      let place = try arena.take(for: mapping.range, pageByteCount: mapping.pageByteCount)
      try mapFixed(
        place.address..<(place.address + UInt64(mapping.byteCount)), protection: mapping.entry.prot,
        flags: mapping.mapFlags, descriptor: descriptor, offset: mapping.entry.pgoff)
      places[index] = place
      hasFinalProtection[index] = true
    }
  }

  /// A segment is attached whole, also where the task has a part of it: the rest goes with the arena.
  private func attachSegment(_ index: Int, files: MappingFiles) throws(Failure) -> MemoryArena.Place {
    let mapping = mappings[index]
    let byteCount = UInt64(try files.segments.byteCount(of: mapping.entry.shmid))
    let (start, end) = (mapping.entry.start &- mapping.entry.pgoff, mapping.entry.pgoff + UInt64(mapping.byteCount))
    guard end <= byteCount, mapping.entry.pgoff <= mapping.entry.start else {
      throw Failure(
        "attach a shared memory segment", "\(mapping.subject) of \(subject), beyond its end", .badMessage,
        remedy: "The image is damaged: restore from another copy of the set.")
    }
    let place = try arena.take(for: start..<(start + byteCount), pageByteCount: mapping.pageByteCount)
    try during("restoring the \(mapping.subject) of \(subject)") { () throws(Failure) in
      try files.segments.attach(mapping.entry, at: place.address)
    }
    return MemoryArena.Place(address: place.address + mapping.entry.pgoff, block: place.block)
  }

  /// Once no process is cloned any more, which would have the mapping without its context.
  private func makeRings() throws(Failure) {
    for (index, mapping) in mappings.enumerated() where mapping.kind == .aioRing {
      try during("restoring the \(mapping.subject) of \(subject)") { () throws(Failure) in
        let place = places[index]
        let contents = UnsafeRawBufferPointer(
          start: place.flatMap { UnsafeRawPointer(bitPattern: UInt($0.address)) }, count: place == nil ? 0 : mapping.byteCount)
        try AIORing.restore(record.aios.first { $0.id == mapping.entry.start }, replacing: contents)
      }
    }
  }
}
