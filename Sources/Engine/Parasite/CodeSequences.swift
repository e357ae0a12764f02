internal import Linux

/// Where a task's own code has the two sequences that we send its threads through, so that no byte of it is changed:
/// a system call with a return, and a call of rt_sigreturn(2). Every C library has both, or the vdso of 32-bit code.
struct CodeAddresses: Hashable {
  let convention: CallConvention
  let systemCall: UInt64
  let signalReturn: UInt64
}

/// Finds the sequences, and remembers a file's for the next task that maps it.
public final class CodeSequences {
  private struct FileKey: Hashable {
    let convention: CallConvention
    let deviceMajor, deviceMinor: UInt32
    let inode, offset: UInt64

    init(_ mapping: MapsEntry, _ convention: CallConvention) {
      self.convention = convention
      deviceMajor = mapping.deviceMajor
      deviceMinor = mapping.deviceMinor
      inode = mapping.inode
      offset = mapping.offset
    }
  }

  private enum Kind: Hashable, CaseIterable {
    case systemCall
    case signalReturn

    /// Any of them does.
    func patterns(_ convention: CallConvention) -> [[UInt8]] {
      switch self {
      case .systemCall: [convention.systemCallCode]
      case .signalReturn: convention.signalReturnCode
      }
    }
  }

  /// Offsets from the beginning of the mapping; one that the file does not have is missing.
  private var known: [FileKey: [Kind: UInt64]] = [:]

  public init() {}

  /// - Returns: `nil` when the task's code has not both.
  func addresses(
    in layout: TaskLayout, memory: TaskMemory, _ convention: CallConvention
  ) throws(Failure) -> CodeAddresses? {
    if let found = try search(layout, memory, convention) { return found }
    return try convention.alternative.flatMap { (other) throws(Failure) in try search(layout, memory, other) }
  }

  private func search(
    _ layout: TaskLayout, _ memory: TaskMemory, _ convention: CallConvention
  ) throws(Failure) -> CodeAddresses? {
    var found: [Kind: UInt64] = [:]
    // What is known to have both first, which is the C library as a rule; then the small before the large.
    let candidates = layout.mappings.filter { $0.protection & 4 != 0 && convention.isLibrary($0) }.sorted {
      cost(of: $0, convention) < cost(of: $1, convention)
    }
    for mapping in candidates {
      let key = FileKey(mapping, convention)
      let offsets: [Kind: UInt64]
      if let before = known[key] { offsets = before } else { offsets = try search(mapping, memory, convention) }
      known[key] = offsets
      for (kind, offset) in offsets where found[kind] == nil {
        // The task may have changed its own copy.
        let address = mapping.start + offset
        if offset < mapping.byteCount, try holds(kind.patterns(convention), at: address, memory) { found[kind] = address }
      }
      if let systemCall = found[.systemCall], let signalReturn = found[.signalReturn] {
        return CodeAddresses(convention: convention, systemCall: systemCall, signalReturn: signalReturn)
      }
    }
    return nil
  }

  /// Bytes to search.
  private func cost(of mapping: MapsEntry, _ convention: CallConvention) -> UInt64 {
    guard let offsets = known[FileKey(mapping, convention)] else { return mapping.byteCount }
    return offsets.count == Kind.allCases.count ? 0 : 1
  }

  private func holds(_ patterns: [[UInt8]], at address: UInt64, _ memory: TaskMemory) throws(Failure) -> Bool {
    for pattern in patterns where try memory.read(at: address, byteCount: pattern.count) == pattern { return true }
    return false
  }

  private func search(
    _ mapping: MapsEntry, _ memory: TaskMemory, _ convention: CallConvention
  ) throws(Failure) -> [Kind: UInt64] {
    let pieceByteCount: UInt64 = 1 << 20
    let overlap: UInt64 = 16
    var offsets: [Kind: UInt64] = [:]
    var position: UInt64 = 0
    while position < mapping.byteCount, offsets.count < Kind.allCases.count {
      let byteCount = min(pieceByteCount + overlap, mapping.byteCount - position)
      let bytes: [UInt8]
      do throws(Failure) {
        bytes = try memory.read(at: mapping.start + position, byteCount: Int(byteCount))
      } catch {
        return offsets  // beyond the end of a file that was cut
      }
      for kind in Kind.allCases where offsets[kind] == nil {
        for pattern in kind.patterns(convention) where offsets[kind] == nil {
          if let offset = firstOffset(of: pattern, in: bytes) { offsets[kind] = position + UInt64(offset) }
        }
      }
      position += pieceByteCount
    }
    return offsets
  }
}
