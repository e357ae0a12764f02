internal import CLinux
internal import Glibc

/// The memory of another process, read from outside.
public final class TaskPages {
  /// One range to be read.
  public struct Piece: Hashable, Sendable {
    public enum Way: UInt8, Hashable, Sendable {
      /// process_vm_readv(2): the fastest. It gives the process a copy of its own of every page that it shares since a
      /// fork, and obeys its protections.
      case vector
      /// /proc/PID/mem: twice the time, leaves shared pages shared, and reads what the process itself must not.
      case memoryFile
    }

    public var address: UInt64
    public var byteCount: Int
    public var way: Way

    public init(address: UInt64, byteCount: Int, way: Way) {
      self.address = address
      self.byteCount = byteCount
      self.way = way
    }
  }

  /// Pieces that one process_vm_readv(2) takes (UIO_MAXIOV).
  public static let pieceLimit = 1024

  private let pid: Int32
  private let subject: String
  private let file: OwnedFD
  private let vectors = UnsafeMutablePointer<iovec>.allocate(capacity: TaskPages.pieceLimit)

  /// - Throws: `ENOENT` the process ended, `EACCES` we may not trace it.
  public init(pid: Int32, subject: String) throws(Failure) {
    self.pid = pid
    self.subject = subject
    file = try openProc("/proc/\(pid)/mem")
  }

  deinit { vectors.deallocate() }

  /// Reads all pieces, one behind the other, into `buffer`, which has exactly their size.
  ///
  /// - Parameter pieces: `pieceLimit` at most.
  /// - Throws: `EFAULT` or `EIO` at an address without memory.
  public func read(_ pieces: [Piece], into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    var target = buffer.baseAddress!
    var index = 0
    while index < pieces.count {
      if pieces[index].way == .memoryFile {
        try readFile(at: pieces[index].address, into: target, byteCount: pieces[index].byteCount)
        target += pieces[index].byteCount
        index += 1
      } else {
        let end = pieces[index...].firstIndex { $0.way == .memoryFile } ?? pieces.count
        try readVector(pieces[index..<end], into: &target)
        index = end
      }
    }
  }

  private func readVector(
    _ pieces: ArraySlice<Piece>, into target: inout UnsafeMutableRawPointer
  ) throws(Failure) {
    var index = pieces.startIndex
    var done = 0  // bytes of pieces[index]
    while index < pieces.endIndex {
      let moved = readOnce(pieces[index...], skipping: done, into: target)
      target += moved
      done += moved
      while index < pieces.endIndex, done >= pieces[index].byteCount {
        done -= pieces[index].byteCount
        index += 1
      }
      guard index < pieces.endIndex else { return }
      // It stopped at a page that it must not read, or that has no memory: the other way reads it or tells why not.
      let rest = pieces[index].byteCount - done
      try readFile(at: pieces[index].address + UInt64(done), into: target, byteCount: rest)
      target += rest
      done = 0
      index += 1
    }
  }

  /// - Returns: Bytes read; 0 when the first page could not be.
  private func readOnce(
    _ pieces: ArraySlice<Piece>, skipping: Int, into target: UnsafeMutableRawPointer
  ) -> Int {
    var total = 0
    var count = 0
    for piece in pieces {
      let skipped = count == 0 ? skipping : 0
      vectors[count] = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(piece.address) + UInt(skipped)),
        iov_len: piece.byteCount - skipped)
      total += piece.byteCount - skipped
      count += 1
    }
    var local = iovec(iov_base: target, iov_len: total)
    let result = withUnsafeMutablePointer(to: &local) {
      systemCall(
        SystemCall(SYS_process_vm_readv), Int(pid), Int(bitPattern: $0), 1, Int(bitPattern: vectors), count, 0)
    }
    return max(result, 0)
  }

  private func readFile(
    at address: UInt64, into target: UnsafeMutableRawPointer, byteCount: Int
  ) throws(Failure) {
    var done = 0
    while done < byteCount {
      let count = try file.withRaw { (file) throws(Failure) in
        try check("read memory", range(address, byteCount), remedy: TaskPages.remedy) {
          systemCall(
            SystemCall(SYS_pread64), Int(file), Int(bitPattern: target + done), byteCount - done,
            Int(bitPattern: UInt(address)) + done)
        }
      }
      guard count > 0 else {
        throw Failure("read memory", range(address, byteCount), .inputOutput, remedy: TaskPages.remedy)
      }
      done += count
    }
  }

  private func range(_ address: UInt64, _ byteCount: Int) -> String {
    "\(subject), \(byteCount) bytes at 0x\(String(address, radix: 16))"
  }

  private static let remedy = "The task ended or changed during the dump: freeze its cgroup first with --freeze-cgroup."
}
