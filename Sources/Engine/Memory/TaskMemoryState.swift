internal import Images
internal import Linux
internal import Streams

/// The memory of a frozen task as a dump stores it: its mappings' records, and which pages follow.
struct TaskMemoryState {
  let pages: TaskPageList
  /// Of the mappings, ascending.
  private let mappingRecords: [VmaEntry]
  private var mappings: [Mapping] { pages.mappings }

  /// What the task itself must be asked for (its parasite), or others know.
  struct Answers {
    /// brk(2) of 0.
    var programBreak: UInt64
    /// PR_GET_DUMPABLE, PR_GET_THP_DISABLE (prctl(2)).
    var dumpable: Int32
    var hugePagesDisabled: Bool
    /// The id of /proc/PID/exe in files.img.
    var executableFileID: UInt32
  }

  /// Reads all that a list of pages does not tell. The task is frozen, but for code of ours.
  ///
  /// - Parameters:
  ///   - files: Takes a record for each file that is mapped.
  ///   - sharedMemory: Takes each object that is mapped.
  static func collect(
    _ pages: TaskPageList, of task: FrozenTask, files: any MappedFiles, sharedMemory: SharedMemory
  ) throws(Failure) -> TaskMemoryState {
    let mappings = pages.mappings
    var records: [VmaEntry] = []
    records.reserveCapacity(mappings.count)
    var known: [MappedFileKey: UInt32] = [:]
    for mapping in mappings {
      records.append(
        try record(of: mapping, in: task, files: files, &known, sharedMemory: sharedMemory))
    }
    return TaskMemoryState(pages: pages, mappingRecords: records)
  }

  /// A file as the mappings of one task name it.
  struct MappedFileKey: Hashable {
    let deviceMajor, deviceMinor: UInt32
    let inode: UInt64
  }

  /// - Parameter known: Files of this task, which are looked at once each.
  private static func record(
    of mapping: Mapping, in task: FrozenTask, files: any MappedFiles, _ known: inout [MappedFileKey: UInt32],
    sharedMemory: SharedMemory
  ) throws(Failure) -> VmaEntry {
    switch mapping.kind {
    case .anonymous, .heap, .vdso, .vvar, .vsyscall, .leftVdso, .leftVvar: return mapping.record(id: 0, accessMode: nil)
    case .packetRing:
      return mapping.record(id: UInt64(try files.packetSocketID(of: mapping, in: task)), accessMode: nil)
    case .file, .sharedMemory, .sysV, .aioRing: break
    }
    let link = MapFilesLink(pid: task.pid, range: mapping.range)
    // How a file was open matters only where writes reach it.
    let accessMode = mapping.kind == .file && !mapping.isShared ? 0 : try link.accessMode()
    let id: UInt64
    switch mapping.kind {
    case .sharedMemory: id = UInt64(try sharedMemory.fileID(of: mapping, link: link, in: task, files: files))
    case .sysV: id = sharedMemory.segments.add(mapping, link: link)
    case .aioRing: id = 0
    default:
      let key = MappedFileKey(
        deviceMajor: mapping.entry.deviceMajor, deviceMinor: mapping.entry.deviceMinor, inode: mapping.entry.inode)
      let fileID = if let before = known[key] { before } else { try files.fileID(of: mapping, in: task) }
      known[key] = fileID
      id = UInt64(fileID)
    }
    return mapping.record(id: id, accessMode: accessMode)
  }

  /// Ascending, then the ranges of guard pages.
  var records: [VmaEntry] {
    var records = mappingRecords
    if pages.late != nil {
      // Their flags are known by now.
      for (index, mapping) in mappings.enumerated() {
        records[index] = mapping.record(id: records[index].shmid, accessMode: records[index].fdflags)
      }
    }
    return records + pages.guarded.map { Mapping.guardRecord($0) }
  }

  /// The record mm-PID.img.
  func record(_ facts: TaskFacts, _ answers: Answers) -> MmEntry {
    MmEntry {
      $0.mmStartCode = facts.stat.codeStart
      $0.mmEndCode = facts.stat.codeEnd
      $0.mmStartData = facts.stat.dataStart
      $0.mmEndData = facts.stat.dataEnd
      $0.mmStartStack = facts.stat.stackStart
      $0.mmStartBrk = facts.stat.breakStart
      $0.mmBrk = answers.programBreak
      $0.mmArgStart = facts.stat.argumentsStart
      $0.mmArgEnd = facts.stat.argumentsEnd
      $0.mmEnvStart = facts.stat.environmentStart
      $0.mmEnvEnd = facts.stat.environmentEnd
      $0.exeFileId = answers.executableFileID
      $0.mmSavedAuxv = Array((facts.auxiliaryVector + [UInt64](repeating: 0, count: TaskMemoryState.auxiliaryWords))
        .prefix(TaskMemoryState.auxiliaryWords))
      $0.vmas = records
      $0.aios = mappings.filter { $0.kind == .aioRing }.map(AIORing.record)
      $0.dumpable = answers.dumpable
      $0.thpDisabled = answers.hugePagesDisabled
    }
  }

  /// What the format holds on x86_64.
  private static let auxiliaryWords = 44
}
