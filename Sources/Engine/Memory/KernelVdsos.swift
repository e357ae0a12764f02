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
    of32BitCode = tasks.contains(where: \.is32Bit) ? try KernelVdsos.find32BitCode(parking: parking) : nil
  }

  func vdso(for task: TaskPlan) -> Vdso? { task.is32Bit ? of32BitCode : of64BitCode }

  /// Has a child map it, since a process has one vdso only.
  ///
  /// - Returns: `nil` where it has not the parts that are known.
  static func find32BitCode(parking: UInt64?) throws(Failure) -> Vdso? {
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
    return Vdso(.of32BitCode, parts, contents: contents, parking: parking)
  }

  private static let mostParts = 8
}
