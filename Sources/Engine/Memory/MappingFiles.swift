internal import Images
internal import Linux

/// Opens the files of mappings. Mappings of one file mostly follow each other: it is opened once for them.
final class MappingFiles {
  private let openFile: (VmaEntry) throws(Failure) -> OwnedFD
  private let sharedMemory: RestoredSharedMemory
  private var last: OwnedFD?
  private var lastKey: (id: UInt64, accessMode: UInt32?) = (0, nil)

  /// - Parameters:
  ///   - openFile: Opens the file with the record `shmid`, for the access mode `fdflags`.
  ///   - sharedMemory: Has memfds and shared anonymous memory.
  init(sharedMemory: RestoredSharedMemory, openFile: @escaping (VmaEntry) throws(Failure) -> OwnedFD) {
    self.openFile = openFile
    self.sharedMemory = sharedMemory
  }

  /// Maps a mapping of a file, or of shared memory, at an address in the arena.
  func map(_ mapping: RestoredMapping, at address: UInt64, protection: UInt32) throws(Failure) {
    let range = address..<(address + UInt64(mapping.byteCount))
    let file = try descriptor(for: mapping)
    // Anonymous shared memory is a mapping of its object here.
    let flags = mapping.mapFlags & ~0x20
    try mapFixed(range, protection: protection, flags: flags, descriptor: file, offset: mapping.entry.pgoff)
  }

  var segments: RestoredSegments { sharedMemory.segments }

  /// Closes the file that was opened last.
  func close() { last = nil }

  private func descriptor(for mapping: RestoredMapping) throws(Failure) -> CInt {
    let entry = mapping.entry
    if mapping.kind == .sharedAnonymous { return try sharedMemory.descriptor(ofAnonymous: entry.shmid) }
    if mapping.kind == .memfd, entry.fdflags != 0 { return try sharedMemory.descriptor(ofFile: entry.shmid) }
    if last == nil || lastKey.id != entry.shmid || lastKey.accessMode != entry.fdflags {
      last = nil
      last = mapping.kind == .memfd ? try sharedMemory.openReadOnly(file: entry.shmid) : try openFile(entry)
      lastKey = (entry.shmid, entry.fdflags)
    }
    return last!.withRaw { $0 }
  }
}
