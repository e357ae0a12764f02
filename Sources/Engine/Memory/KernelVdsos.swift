internal import Images
internal import Linux

/// The running kernel's vdsos: for each kind of code that tasks run, one.
struct KernelVdsos {
  private let of64BitCode: Vdso?
  /// `nil` where no task needs it.
  private let of32BitCode: Vdso?

  /// - Parameters:
  ///   - own: The mappings of the calling process.
  ///   - parking: As `Vdso`.
  init(for tasks: [TaskPlan], own: [MapsEntry], parking: UInt64?, fault: Fault?) throws(Failure) {
    of64BitCode = Vdso(in: own, parking: parking, fault: fault)
    of32BitCode = tasks.contains(where: \.is32Bit) ? try KernelVdsos.find32BitCode(fault: fault) : nil
  }

  func vdso(for task: TaskPlan) -> Vdso? {
    guard task.is32Bit else { return of64BitCode }
    var vdso = of32BitCode
    if let byteCount = vdso?.range.count {
      vdso?.parking = KernelVdsos.parking32Bit(beside: task.memory?.vmas ?? [], byteCount: UInt64(byteCount))
    }
    return vdso
  }

  /// The middle of the largest range below 4 GiB that a task does not use; `nil` where there is no room.
  static func parking32Bit(beside mappings: [VmaEntry], byteCount: UInt64) -> UInt64? {
    var best: Range<UInt64> = 0..<0
    var end: UInt64 = 1 << 16
    let limit = CallConvention.code32.addressLimit
    for (start, next) in mappings.map({ (min($0.start, limit), $0.end) }) + [(limit, limit)] {
      if start > end, start - end > best.count { best = end..<start }
      end = max(end, next)
    }
    guard UInt64(best.count) >= 2 * byteCount else { return nil }
    return (best.lowerBound + (UInt64(best.count) - byteCount) / 2) & ~4095
  }

  /// Has a child map it, since a process has one vdso only.
  ///
  /// - Returns: `nil` where it has not the parts that are known.
  static func find32BitCode(fault: Fault? = nil) throws(Failure) -> Vdso? {
    // A count of parts, then their beginnings and ends; the code on the next page.
    let byteCount = 1 << 16
    let report = try mapAnonymous(byteCount: byteCount, sharing: .shared)
    let words = report.bindMemory(to: UInt64.self, capacity: 1 + 2 * mostParts)
    do throws(Failure) {
      try Trial.inChild { () throws(Failure) in
        try Trial.mapVdso(.of32BitCode)
        let parts = try Trial.mappings().filter { Trial.isVdso($0.name) }
        guard let code = parts.last, parts.count <= mostParts, code.byteCount <= byteCount - 4096 else { return }
        for (index, part) in parts.enumerated() {
          words[1 + 2 * index] = UInt64(part.start)
          words[2 + 2 * index] = UInt64(part.start + part.byteCount)
        }
        (report + 4096).copyMemory(from: UnsafeRawPointer(bitPattern: code.start)!, byteCount: code.byteCount)
        words[0] = UInt64(parts.count)
      }
    } catch {
      throw Failure(
        error.attempted, "of 32-bit code", error.errno,
        remedy: "Restore on a kernel that makes one where it is asked to (CONFIG_CHECKPOINT_RESTORE).")
    }
    let parts = (0..<Int(words[0])).map { words[1 + 2 * $0]..<words[2 + 2 * $0] }
    let contents = UnsafeRawBufferPointer(start: report + 4096, count: parts.last?.count ?? 0)
    return Vdso(
      .of32BitCode, parts, contents: contents, parking: nil, alwaysProxies: fault == .vdsoTrampolines)
  }

  private static let mostParts = 8
}
