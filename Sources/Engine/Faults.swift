internal import Linux

/// A failure that a test has the engine meet at one place: CRIU_FAULT in the environment of the command, by CRIU's
/// numbers. Those below 128 end the command; the others only take a way that is seldom taken.
///
/// Numbers for what this engine does not have (129: a memfd for the parasite, 130 and 137: how the parasite is stopped,
/// 131: page reads by its own hand, 132: numbers of shared memory that are no inode's; 128, 135, 138: tests of CRIU's own
/// parts) are known and change nothing.
public enum Fault: Int, Sendable, CaseIterable {
  /// The engine is killed while its code is in the first task.
  case dumpEarly = 1
  /// The root task is killed while it restores itself.
  case restoreRootOnly = 2
  /// Pages cannot be written.
  case dumpPages = 3
  /// A file cannot be opened through the link that stands for its lost name.
  case restoreOpenLinkRemap = 4
  /// The parasite does not answer.
  case parasiteConnect = 5
  /// The restore fails when the tree is complete.
  case postRestore = 6
  /// A process that helps to fill memory is killed. Not one of CRIU's.
  case restoreFillHelper = 100
  /// The vdso of the images stays, and jumps into the one of this kernel.
  case vdsoTrampolines = 127
  case checkOpenHandle = 128
  case noMemfd = 129
  case noBreakpoints = 130
  case partialPages = 131
  case hugeSharedMemoryID = 132
  /// No new vdso can be mapped: ours is moved.
  case cannotMapVdso = 133
  /// Vector registers are lost while the parasite runs.
  case corruptExtendedRegisters = 134
  case dontUsePagemapScan = 135
  /// The engine aborts when a dump has failed.
  case dumpCrash = 136
  case interruptOnly = 137
  case forceCudaPlugin = 138
}

extension Optional<Fault> {
  /// The place where `fault` belongs.
  ///
  /// - Throws: `ECANCELED` it is the one that was asked for.
  func meet(_ fault: Fault) throws(Failure) {
    guard self == fault else { return }
    throw Failure(
      "go on", "fault \(fault.rawValue) (\(fault)) is injected", .canceled, remedy: "Unset CRIU_FAULT, which only tests need.")
  }
}

extension ExtendedStateX86 {
  /// Other values in all x87, SSE and AVX registers of an XSAVE area; control words stay.
  static func corrupted(_ area: [UInt8]) -> [UInt8] {
    var area = area
    let hasAVX = area.count >= 832 && area[512] & 4 != 0  // XSTATE_BV
    for range in [32..<416, hasAVX ? 576..<832 : 0..<0] {
      for index in range where index < area.count { area[index] = ~area[index] }
    }
    if area.count > 512 { area[512] |= 3 }
    return area
  }
}
