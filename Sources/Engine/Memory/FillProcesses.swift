internal import CParasite
internal import Linux
internal import Streams

/// Who may help to fill memory.
struct FillHelp {
  /// Pids that nobody has and no task is to have; none: without help.
  var pids: ArraySlice<Int32> = []
  /// A test has each helper killed when it has started.
  var isKilled = false
}

/// The processes that fill memory side by side: ours, and those that help. Each has a stack, and room for a frame.
struct FillProcesses: ~Copyable {
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let processes: [UnsafeMutablePointer<fill_process>]

  /// - Parameters:
  ///   - count: With ours; 1 or more.
  ///   - frames: That have to be unpacked; of one packing.
  /// - Throws: `ENOMEM`.
  static func prepare(
    count: Int, for frames: [FramePiece], _ work: UnsafeMutablePointer<fill_work>
  ) throws(Failure) -> FillProcesses {
    let sizes = [
      MemoryLayout<fill_process>.size, Int(FILL_STACK_BYTE_COUNT), frames.first?.packing.contextByteCount ?? 0,
      frames.reduce(0) { max($0, $1.frame.packedByteCount) }, frames.reduce(0) { max($0, $1.frame.byteCount) },
    ].map { ($0 + pageSize - 1) / pageSize * pageSize }
    let byteCount = sizes.reduce(0, +)
    let memory = try mapAnonymous(byteCount: count * byteCount, sharing: .copyOnWrite)
    let processes = (0..<count).map { index in
      var start = memory + index * byteCount
      let places = sizes.map { size in
        defer { start += size }
        return start
      }
      let process = places[0].bindMemory(to: fill_process.self, capacity: 1)
      process.initialize(
        to: fill_process(
          work: work, stack: UInt64(UInt(bitPattern: places[1])), context: nil, packed: places[3], unpacked: places[4]))
      return process
    }
    let made = FillProcesses(memory: memory, byteCount: count * byteCount, processes: processes)
    if let packing = frames.first?.packing {
      for process in processes {
        process.pointee.context = try packing.makeContext(
          in: UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: UInt(process.pointee.stack))! + sizes[1],
            count: packing.contextByteCount))
      }
    }
    return made
  }

  private init(memory: UnsafeMutableRawPointer, byteCount: Int, processes: [UnsafeMutablePointer<fill_process>]) {
    self.memory = memory
    self.byteCount = byteCount
    self.processes = processes
  }

  deinit { unmap(memory, byteCount: byteCount) }

  /// Does the work; helpers have ended then.
  ///
  /// - Returns: Whether all helpers ended as they should.
  func run(_ help: FillHelp) -> Bool {
    var helpers: [Int32] = []
    var free = help.pids
    for process in processes.dropFirst() {
      // A pid that somebody took meanwhile, or a limit: one helper less.
      while let pid = free.popFirst() {
        if fill_start_helper(process, pid) > 0 {
          helpers.append(pid)
          if help.isKilled { killProcess(pid) }
          break
        }
      }
    }
    fill_memory(processes[0])
    return helpers.map { fill_await_helper($0) == 0 }.allSatisfy { $0 }
  }
}
