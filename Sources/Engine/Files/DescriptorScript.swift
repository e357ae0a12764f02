internal import Linux

/// What a dump asks of every open file of a kind, so that another process can ask it too. An answer that is not among
/// these is asked for where it is wanted.
enum DescriptorScript {
  /// Takes a copy of a descriptor, and asks.
  ///
  /// - Parameters:
  ///   - process: A pidfd.
  ///   - foreseen: Has files of fdinfo that are open.
  static func read(
    _ place: ForeseenFiles.Place, of process: BorrowedFD, _ foreseen: ForeseenFiles, into recorder: inout AnswerRecorder,
    _ subject: @autoclosure () -> String
  ) throws(Failure) -> CopiedDescriptor {
    let openInfo = foreseen.openInfo(at: place, into: &recorder)
    guard let info = openInfo, let status = foreseen.anonymousStatus(info) else {
      let copied = try CopiedDescriptor.take(place.number, of: process, subject())
      ask(copied, at: place, openInfo, &recorder)
      return copied
    }
    let copied = CopiedDescriptor(
      file: try copyDescriptor(place.number, of: process, subject()), status: status,
      flags: info.flags & ~FileFlags.closeOnExec)
    askOwner(copied.file.borrowed(), into: &recorder)
    Eventpoll.ask(place, info, into: &recorder)
    return copied
  }

  private static func ask(
    _ copied: borrowing CopiedDescriptor, at place: ForeseenFiles.Place, _ info: FDInfo?, _ recorder: inout AnswerRecorder
  ) {
    guard copied.flags & FileFlags.pathOnly == 0 else { return }
    let file = copied.file.borrowed()
    askOwner(file, into: &recorder)
    switch copied.status.format {
    case .regular: recorder.record(.position, of: file)
    case .fifo: askPipe(file, mode: copied.flags & FileFlags.accessMode, into: &recorder)
    case .socket: askSocket(file, into: &recorder)
    case .none: Eventpoll.ask(place, info ?? ForeseenFiles.info(at: place, into: &recorder), into: &recorder)
    default: break
    }
  }

  private static func askOwner(_ file: BorrowedFD, into recorder: inout AnswerRecorder) {
    let (_, owner) = recorder.record(.signalOwner, of: file)
    recorder.record(.signalNumber, of: file)
    // struct f_owner_ex: kind, pid.
    if owner.count == 8, owner.loadUnaligned(fromByteOffset: 4, as: Int32.self) != 0 {
      recorder.record(.signalOwnerUsers, of: file)
    }
  }

  private static func askPipe(_ file: BorrowedFD, mode: UInt32, into recorder: inout AnswerRecorder) {
    if mode != FileFlags.readOnly { recorder.record(.readiness(events: PipeContents.pollWritable), of: file) }
    guard mode != FileFlags.writeOnly else { return }
    recorder.record(.readiness(events: PipeContents.pollReadable), of: file)
    recorder.record(.pipeCapacity, of: file)
    recorder.record(.readableByteCount, of: file)
  }

  private static func askSocket(_ file: BorrowedFD, into recorder: inout AnswerRecorder) {
    let family = recorder.word(.socketOption(.domain), of: file)
    switch family {
    case SocketAddress.inetFamily?, SocketAddress.inet6Family?:
      InternetSettings.ask(file, family: family!, into: &recorder)
    case SocketAddress.unixFamily?:
      for option in [SocketOption.passCredentials, .passSecurity] { recorder.record(.socketOption(option), of: file) }
    default: return
    }
    SocketSettings.ask(file, into: &recorder)
  }
}

extension AnswerRecorder {
  /// - Returns: An answer of four bytes; `nil` without one.
  mutating func word(_ question: FileQuestion, of file: BorrowedFD) -> UInt32? {
    let (result, bytes) = record(question, of: file)
    return result < 0 || bytes.count < 4 ? nil : bytes.loadUnaligned(as: UInt32.self)
  }
}
