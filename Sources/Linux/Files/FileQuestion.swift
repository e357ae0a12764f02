internal import CLinux
internal import Glibc

/// A system call that only looks at an open file, as a value: one process can ask it, and another read the answer.
public struct FileQuestion: Hashable, Sendable {
  enum Kind: UInt16 {
    /// fcntl(2): the command.
    case control
    /// lseek(2) by nothing.
    case position
    /// poll(2) without waiting: the events.
    case readiness
    /// ioctl(2): the request.
    case device
    /// getsockopt(2): level and number.
    case socketOption
    /// SO_GET_FILTER: how many instructions there is room for; the result is how many there are.
    case socketFilter
    /// getsockname(2).
    case socketName
    /// Of the next two, which are asked elsewhere: /proc/PID/fdinfo/N.
    case info
    /// Whether each number that an epoll set watches still is the file that it was added for: 0 where it is.
    case watchedNumbers
  }

  let first: Int32
  let second: Int32
  /// Bytes of the answer at most.
  let room: UInt16
  let kind: Kind

  init(_ kind: Kind, _ first: Int32 = 0, _ second: Int32 = 0, room: Int = 0) {
    self.kind = kind
    self.first = first
    self.second = second
    self.room = UInt16(room)
  }

  /// F_GETOWN_EX: struct f_owner_ex.
  public static let signalOwner = FileQuestion(.control, CL_F_GETOWN_EX, room: 8)
  public static let signalNumber = FileQuestion(.control, CL_F_GETSIG)
  /// Real and effective user id of who set the owner.
  public static let signalOwnerUsers = FileQuestion(.control, CL_F_GETOWNER_UIDS, room: 8)
  public static let position = FileQuestion(.position)
  public static let pipeCapacity = FileQuestion(.control, CL_F_GETPIPE_SZ)
  /// FIONREAD.
  public static let readableByteCount = FileQuestion(.device, 0x541b, room: 4)
  public static let info = FileQuestion(.info)
  public static let watchedNumbers = FileQuestion(.watchedNumbers)
  /// struct sockaddr_in6, sockaddr_un or sockaddr_nl at most.
  public static let socketName = FileQuestion(.socketName, room: 128)

  /// - Parameter count: Of instructions of 8 bytes; 0 asks for their number.
  public static func socketFilter(_ count: Int) -> FileQuestion {
    FileQuestion(.socketFilter, Int32(count), room: count * 8)
  }

  public static func readiness(events: Int16) -> FileQuestion { FileQuestion(.readiness, Int32(events)) }

  public static func socketOption(_ option: SocketOption, byteCount: Int = 4) -> FileQuestion {
    FileQuestion(.socketOption, option.level, option.number, room: byteCount)
  }
}

/// An open file that questions can be put to: a descriptor of ours, or answers that somebody wrote down.
public protocol AskedFile {
  /// - Parameter answer: As many bytes as the question has room for.
  /// - Returns: Of the call (-errno), and the bytes of the answer.
  func ask(_ question: FileQuestion, into answer: UnsafeMutableRawBufferPointer) -> (result: Int, count: Int)
}

extension BorrowedFD: AskedFile {
  public func ask(
    _ question: FileQuestion, into answer: UnsafeMutableRawBufferPointer
  ) -> (result: Int, count: Int) {
    let (file, address) = (Int(raw), Int(bitPattern: answer.baseAddress))
    switch question.kind {
    case .control: return (systemCall(SystemCall(SYS_fcntl), file, Int(question.first), address), answer.count)
    case .position: return (systemCall(SystemCall(SYS_lseek), file, 0, 1), 0)
    case .device: return (systemCall(SystemCall(SYS_ioctl), file, Int(question.first), address), answer.count)
    case .readiness:
      var entry = cl_pollfd(fd: raw, events: Int16(truncatingIfNeeded: question.first), revents: 0)
      let result = withUnsafeMutablePointer(to: &entry) {
        systemCall(SystemCall(SYS_poll), Int(bitPattern: $0), 1, 0)
      }
      return (result < 0 ? result : Int(entry.revents), 0)
    case .socketOption:
      return askWithLength(answer) {
        systemCall(SystemCall(SYS_getsockopt), file, Int(question.first), Int(question.second), address, $0)
      }
    case .socketFilter:
      var count = UInt32(question.first)
      let (level, number) = (Int(SocketOption.filter.level), Int(SocketOption.filter.number))
      let result = withUnsafeMutablePointer(to: &count) {
        systemCall(SystemCall(SYS_getsockopt), file, level, number, address, Int(bitPattern: $0))
      }
      return (result < 0 ? result : Int(count), answer.count)
    case .socketName: return askWithLength(answer) { systemCall(SystemCall(SYS_getsockname), file, address, $0) }
    case .info, .watchedNumbers: return (-Int(EINVAL), 0)
    }
  }

  /// - Parameter call: Gets the address of the room, where the kernel puts the length.
  private func askWithLength(
    _ answer: UnsafeMutableRawBufferPointer, _ call: (Int) -> Int
  ) -> (result: Int, count: Int) {
    var room = UInt32(answer.count)
    let result = withUnsafeMutablePointer(to: &room) { call(Int(bitPattern: $0)) }
    return (result, result < 0 ? 0 : min(Int(room), answer.count))
  }
}

extension AskedFile {
  /// A question with no more answer than the result.
  func ask(_ question: FileQuestion) -> Int { ask(question, into: UnsafeMutableRawBufferPointer(start: nil, count: 0)).result }

  // MARK: Position, pipes, events

  /// lseek(2) by nothing, so nothing moves.
  ///
  /// - Returns: 0 for what has no position.
  public func position(_ subject: @autoclosure () -> String) throws(Failure) -> UInt64 {
    let result = ask(.position)
    switch Errno(result: result) {
    case nil: return UInt64(result)
    case Errno(ESPIPE)?, Errno.badDescriptor?, Errno.invalid?: return 0
    case let errno?:
      throw Failure("read the position", subject(), errno, remedy: "See the kernel log for errors of its file system.")
    }
  }

  /// Bytes that a pipe can hold (F_GETPIPE_SZ).
  public func pipeCapacity(_ subject: @autoclosure () -> String) throws(Failure) -> Int {
    try check("read the size of the pipe", subject(), remedy: "Check that it is an end of a pipe.") { ask(.pipeCapacity) }
  }

  /// Bytes that can be read at once (FIONREAD of ioctl(2)).
  public func readableByteCount(_ subject: @autoclosure () -> String) throws(Failure) -> Int {
    var count: Int32 = 0
    try check("count the bytes to read", subject(), remedy: "This kind of file cannot tell: close it before the dump.") {
      withUnsafeMutableBytes(of: &count) { ask(.readableByteCount, into: $0).result }
    }
    return Int(count)
  }

  /// poll(2) without waiting.
  ///
  /// - Returns: `revents`: POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16.
  public func readiness(events: Int16, _ subject: @autoclosure () -> String) throws(Failure) -> Int16 {
    Int16(
      truncatingIfNeeded: try check("poll", subject(), remedy: "Check that the file system answers.") {
        ask(.readiness(events: events))
      })
  }
}
