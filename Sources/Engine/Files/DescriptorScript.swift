internal import Linux

/// What a dump asks of every open file of a kind, so that another process can ask it too. An answer that is not among
/// these is asked for where it is wanted.
enum DescriptorScript {
  static func ask(
    _ file: BorrowedFD, _ status: FileStatus, flags: UInt32, into recorder: inout AnswerRecorder
  ) {
    guard flags & FileFlags.pathOnly == 0 else { return }
    recorder.record(.signalOwner, of: file)
    recorder.record(.signalNumber, of: file)
    switch status.format {
    case .regular: recorder.record(.position, of: file)
    case .fifo: askPipe(file, mode: flags & FileFlags.accessMode, into: &recorder)
    case .socket: askSocket(file, into: &recorder)
    default: break
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
    recorder.record(.socketOption(.domain), of: file)
    let family = file.socketOptionIfKnown(.domain)
    for option in SocketSettings.options {
      recorder.record(.socketOption(option.option, byteCount: option.byteCount), of: file)
    }
    recorder.record(.socketFilter(0), of: file)
    switch family {
    case SocketAddress.inetFamily?, SocketAddress.inet6Family?:
      InternetSettings.ask(file, family: family!, into: &recorder)
    case SocketAddress.unixFamily?:
      for option in [SocketOption.passCredentials, .passSecurity] { recorder.record(.socketOption(option), of: file) }
    default: break
    }
  }
}
