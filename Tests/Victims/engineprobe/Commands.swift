import CParasite
import Engine
import Glibc
import Linux

/// What a probe found wrong is a failure like any other.
func expect(_ condition: Bool, _ what: String) throws(Failure) {
  if !condition { throw Failure("accept the answer", what, .badMessage, remedy: "Look at the parasite.") }
}

func visitEveryThread(_ parasite: Parasite) throws(Failure) {
  try parasite.start(PARASITE_COMMAND_NOTHING.rawValue, on: parasite.task.threads.map { ($0, nil) })
  for thread in parasite.task.threads { try expect(try parasite.finish(thread) == 0, "nothing") }
  let getpid = 39
  let answer = try parasite.systemCall(getpid, on: parasite.task.threads.last!)
  try expect(answer == Int(parasite.task.virtualPid), "getpid(2) gave \(answer)")
}

func readStates(_ parasite: Parasite) throws(Failure) {
  for thread in parasite.task.threads {
    let state = parasite.argument(of: thread).baseAddress!.assumingMemoryBound(to: parasite_thread_state.self)
    state.pointee.is_32bit = thread.context.registers.is32Bit ? 1 : 0
    try parasite.call(PARASITE_COMMAND_THREAD_STATE.rawValue, on: thread, argument: state)
    try expect(state.pointee.error == 0, "state of thread \(thread.tid), item \(state.pointee.item)")
  }
  let state = parasite.sharedArgument.baseAddress!.assumingMemoryBound(to: parasite_task_state.self)
  state.pointee.timer_count = 0
  try parasite.call(PARASITE_COMMAND_TASK_STATE.rawValue, on: parasite.task.threads[0], argument: state)
  try expect(state.pointee.error == 0, "state of the task, item \(state.pointee.item)")
}

func readDescriptorFlags(_ parasite: Parasite) throws(Failure) {
  let list = parasite.sharedArgument.baseAddress!
  let numbers: [Int32] = [2, 1_000_000]
  list.assumingMemoryBound(to: parasite_descriptors.self).pointee.count = UInt32(numbers.count)
  let entries = (list + MemoryLayout<parasite_descriptors>.size).assumingMemoryBound(to: parasite_descriptor.self)
  for (index, number) in numbers.enumerated() { entries[index] = parasite_descriptor(number: number, flags: 77) }
  try parasite.call(PARASITE_COMMAND_DESCRIPTOR_FLAGS.rawValue, on: parasite.task.threads[0], argument: list)
  try expect(entries[0].flags == 0 && entries[1].flags == -9, "flags \(entries[0].flags) and \(entries[1].flags)")
}

/// Pages of the task through a pipe that is far too small for all, compared with what /proc/PID/mem has.
func drain(_ parasite: Parasite) throws(Failure) {
  let task = parasite.task
  let leader = task.threads[0]
  let pageByteCount = 4096
  let page = leader.context.registers.rsp & ~UInt64(pageByteCount - 1)
  let iovecCount = 40

  let pipe = parasite.sharedArgument.baseAddress!.assumingMemoryBound(to: parasite_pipe.self)
  pipe.pointee = parasite_pipe(byte_count: 65536, read_end: -1)
  try expect(try parasite.call(PARASITE_COMMAND_OPEN_PIPE.rawValue, on: leader, argument: pipe) == 0, "open the pipe")
  let reader = try task.pidFD!.withRaw { (raw) throws(Failure) in
    try copyDescriptor(pipe.pointee.read_end, of: BorrowedFD(raw), "pipe of \(task.subject)")
  }

  let argument = parasite.sharedArgument.baseAddress!
  let list = argument.assumingMemoryBound(to: parasite_drain.self)
  list.pointee.iovec_count = UInt32(iovecCount)
  list.pointee.position = 0
  let vectors = (argument + MemoryLayout<parasite_drain>.size).assumingMemoryBound(to: iovec.self)
  for index in 0..<iovecCount {
    vectors[index] = iovec(iov_base: UnsafeMutableRawPointer(bitPattern: UInt(page)), iov_len: pageByteCount)
  }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while bytes.count < iovecCount * pageByteCount {
    let moved = try parasite.call(PARASITE_COMMAND_DRAIN.rawValue, on: leader, argument: argument)
    try expect(moved > 0 && moved <= 65536, "drain gave \(moved)")
    var left = moved
    while left > 0 {
      let count = try check("read the pipe", task.subject, remedy: "Look at the parasite.") {
        reader.withRaw { raw in
          buffer.withUnsafeMutableBytes { File.read(raw, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<left])) }
        }
      }
      bytes += buffer[..<count]
      left -= count
    }
  }
  let wanted = try TaskMemory(pid: task.pid).read(at: page, byteCount: pageByteCount)
  for index in 0..<iovecCount {
    try expect(Array(bytes[(index * pageByteCount)..<((index + 1) * pageByteCount)]) == wanted, "page \(index)")
  }
}
