internal import CLinux
internal import Glibc

/// Two descriptors between which bytes are moved: with splice(2) where one of them is a pipe, so that pages are not
/// copied, else through a buffer. A descriptor that somebody made non-blocking is waited for.
public struct ByteMove {
  public enum Side: Sendable { case from, to }

  private let from, to: BorrowedFD
  private let failure: (Side, String, Errno) -> Failure
  private var mustCopy = false
  /// Bytes taken from the first descriptor, also when the second did not take the last of them.
  public private(set) var taken = 0

  /// At most so much a call: the default limit of a pipe's size.
  private static let pieceByteCount = 1 << 20

  /// - Parameter failure: Names the side that failed, what was tried there, and why.
  public init(from: BorrowedFD, to: BorrowedFD, failure: @escaping (Side, String, Errno) -> Failure) {
    self.from = from
    self.to = to
    self.failure = failure
  }

  /// Moves `byteCount` bytes.
  ///
  /// - Returns: The bytes moved; fewer only where what is read has ended.
  public mutating func run(byteCount: Int) throws(Failure) -> Int {
    var done = 0
    while done < byteCount {
      let wanted = min(byteCount - done, ByteMove.pieceByteCount)
      let moved = mustCopy ? try copy(wanted) : try splice(wanted)
      guard let moved else { continue }
      if moved == 0 { break }
      done += moved
    }
    return done
  }

  /// - Returns: `nil` when nothing was moved and it is to be tried again.
  private mutating func splice(_ byteCount: Int) throws(Failure) -> Int? {
    let result = File.splice(from: from.raw, to: to.raw, byteCount: byteCount)
    guard let errno = Errno(result: result) else {
      taken += result
      return result
    }
    switch errno {
    case .interrupted: return nil
    case .invalid:
      // Neither is a pipe, or one is open for appending.
      mustCopy = true
      return nil
    case .tryAgain:
      try waitReady([PollEntry(from, .reading)])
      try waitReady([PollEntry(to, .writing)])
      return nil
    case .brokenPipe: throw failure(.to, "write", errno)
    case .noSpace, .tooBig, .quotaExceeded: throw failure(.to, "write", errno)
    default: throw failure(.from, "move bytes", errno)
    }
  }

  private mutating func copy(_ wanted: Int) throws(Failure) -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(wanted, 128 << 10), alignment: 4096)
    defer { buffer.deallocate() }
    let count = try repeated(from, .reading, .from, "read") { File.read(from.raw, into: buffer) }
    taken += count
    try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  /// Writes all of `bytes` to the second descriptor.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var done = 0
    while done < bytes.count {
      done += try repeated(to, .writing, .to, "write") {
        File.write(to.raw, UnsafeRawBufferPointer(rebasing: bytes[done...]))
      }
    }
  }

  /// One read of the first descriptor.
  ///
  /// - Returns: 0 only at its end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try repeated(from, .reading, .from, "read") { File.read(from.raw, into: buffer) }
  }

  private func repeated(
    _ descriptor: BorrowedFD, _ wish: PollEntry.Wish, _ side: Side, _ attempted: String, _ call: () -> Int
  ) throws(Failure) -> Int {
    while true {
      let result = call()
      guard let errno = Errno(result: result) else { return result }
      switch errno {
      case .interrupted: continue
      case .tryAgain: try waitReady([PollEntry(descriptor, wish)])
      default: throw failure(side, attempted, errno)
      }
    }
  }
}

/// A descriptor that is waited for, and for what.
public struct PollEntry: Sendable {
  public enum Wish: Int16, Sendable { case reading = 1, writing = 4 }

  public let descriptor: BorrowedFD
  public let wish: Wish

  public init(_ descriptor: BorrowedFD, _ wish: Wish) {
    self.descriptor = descriptor
    self.wish = wish
  }
}

/// Waits until something can be done with one of the descriptors: bytes, room, an end or an error (poll(2)).
///
/// - Returns: For each entry whether it is ready; all `false` when the time is over.
@discardableResult
public func waitReady(_ entries: [PollEntry], timeout: Duration? = nil) throws(Failure) -> [Bool] {
  var polled = entries.map { cl_pollfd(fd: $0.descriptor.raw, events: $0.wish.rawValue, revents: 0) }
  let milliseconds = timeout.map { Int($0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000) }
  try check("wait for the descriptors", "\(entries.map(\.descriptor.raw))", remedy: "Raise the limit of open files.") {
    polled.withUnsafeMutableBytes {
      systemCall(SystemCall(SYS_poll), Int(bitPattern: $0.baseAddress), entries.count, milliseconds ?? -1)
    }
  }
  return polled.map { $0.revents != 0 }
}

extension File {
  /// readv(2). `IOV_MAX` (1024) buffers at most.
  public static func read(_ descriptor: CInt, into buffers: [UnsafeMutableRawBufferPointer]) -> Int {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(buffers.count, 1)) { vectors in
      for (index, buffer) in buffers.enumerated() {
        vectors.initializeElement(at: index, to: iovec(iov_base: buffer.baseAddress, iov_len: buffer.count))
      }
      return systemCall(SystemCall(SYS_readv), Int(descriptor), Int(bitPattern: vectors.baseAddress), buffers.count)
    }
  }

  /// A file without a name in a directory (O_TMPFILE): it goes with its last descriptor.
  public static func openUnnamed(in directory: String) -> Int {
    open(directory, [.readWrite, OpenFlags(rawValue: CL_O_TMPFILE_BIT | CL_O_DIRECTORY)], mode: 0o600)
  }
}
