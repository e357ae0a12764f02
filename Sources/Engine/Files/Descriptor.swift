internal import Linux

/// One open file of a frozen task, while it is looked at through a copy of ours. What costs more than a few
/// microseconds is read when first asked for.
final class Descriptor {
  let task: FrozenTask
  /// The process that has `number`: the task, or for what is in flight, we.
  let holder: Int32
  /// In the task; `nil` for its program, its directories and its mapped files.
  let number: CInt?
  let status: FileStatus
  /// F_GETFL; 0 for what has no number.
  let flags: UInt32
  private var copy: OwnedFD?
  /// What has been asked already.
  private var answers: RecordedAnswers?
  /// The name that was foreseen is known to be one of the file; `nil` where nobody has looked.
  private let hasForeseenName: Bool?
  private var isSealed = false
  /// Of what has no number.
  private let path: FilePath?
  private var knownLink: FilePath?
  private var knownInfo: FDInfo?
  private var knownFamily: UInt32?

  private init(
    task: FrozenTask, holder: Int32? = nil, number: CInt, _ copied: consuming CopiedDescriptor
  ) {
    hasForeseenName = nil
    self.task = task
    self.holder = holder ?? task.pid
    self.number = number
    self.status = copied.status
    self.flags = copied.flags
    path = nil
    self.copy = .some(copied.file)
  }

  /// What has been read of it; the copy is taken when it is wanted.
  ///
  /// - Parameter reading: Its answers live as long as this.
  init(_ number: CInt, of task: FrozenTask, _ reading: DescriptorReading) {
    self.task = task
    holder = task.pid
    self.number = number
    status = reading.status
    flags = reading.flags
    path = nil
    hasForeseenName = reading.hasForeseenName
    answers = reading.answers
  }

  /// Takes the copy by pidfd_getfd(2).
  static func take(_ number: CInt, of task: FrozenTask) throws(Failure) -> Descriptor {
    var subject: String { "\(task.subject), descriptor \(number)" }
    return Descriptor(
      task: task, number: number, try CopiedDescriptor.take(number, of: try task.process(for: subject), subject))
  }

  /// Takes the copy, and asks all that a dump asks of every file of its kind.
  static func taken(_ number: CInt, of task: FrozenTask, _ foreseen: ForeseenFiles) throws(Failure) -> Descriptor {
    var subject: String { "\(task.subject), descriptor \(number)" }
    let process = try task.process(for: subject)
    let place = ForeseenFiles.Place(pid: task.pid, number: number)
    var descriptor: Descriptor?
    let answers = try foreseen.answers.record { (recorder) throws(Failure) in
      descriptor = Descriptor(
        task: task, number: number,
        try DescriptorScript.read(place, of: process, foreseen, into: &recorder, subject))
    }
    descriptor!.answers = answers
    return descriptor!
  }

  /// What travels through a socket of the task (SCM_RIGHTS), by the copy that a peek gave us.
  static func inFlight(_ copy: consuming OwnedFD, through task: FrozenTask) throws(Failure) -> Descriptor {
    let number = copy.borrowed().raw
    return Descriptor(
      task: task, holder: currentPid(), number: number,
      try CopiedDescriptor.of(copy, "a descriptor in flight to \(task.subject)"))
  }

  /// The file behind a magic link of the task: "exe", "cwd", "root".
  ///
  /// - Throws: `ENOENT` the task has none (a kernel thread).
  static func behind(_ link: String, of task: FrozenTask) throws(Failure) -> Descriptor {
    try behind(FilePath("/proc/\(task.pid)/\(link)"), of: task)
  }

  /// The file of a mapping.
  static func behind(_ link: MapFilesLink, of task: FrozenTask) throws(Failure) -> Descriptor {
    try behind(FilePath(link.description), of: task)
  }

  private static func behind(_ path: FilePath, of task: FrozenTask) throws(Failure) -> Descriptor {
    if let status = try path.status(following: true) { return Descriptor(path, status, of: task) }
    throw Failure("look at the file", "\(path)", .noEntry, remedy: linkRemedy)
  }

  /// A mapped file that is as it was before the freeze.
  ///
  /// - Parameter link: Of the mapping.
  static func foreseen(
    _ file: ForeseenMappedFiles.File, behind link: MapFilesLink, of task: FrozenTask
  ) -> Descriptor {
    let descriptor = Descriptor(FilePath(link.description), file.status, of: task)
    descriptor.knownLink = file.path
    return descriptor
  }

  /// Opens the file of a mapping by the path that the link tells, for who may not follow it.
  ///
  /// - Returns: `nil` when another file, or none, is there.
  static func named(
    _ link: MapFilesLink, of task: FrozenTask, _ device: DeviceNumber, inode: UInt64
  ) throws(Failure) -> Descriptor? {
    let name = try link.target()
    let copy: OwnedFD
    do throws(Failure) {
      copy = try name.open(flags: Int32(FileFlags.pathOnly | FileFlags.noFollow), remedy: "Put it back.")
    } catch { return nil }
    let status = try copy.borrowed().status("\(name)")
    guard status.device == device, status.inode == inode else { return nil }
    // Like a link of the task, as long as the copy is open.
    let descriptor = Descriptor(FilePath("/proc/self/fd/\(copy.borrowed().raw)"), status, of: task)
    descriptor.copy = .some(copy)
    return descriptor
  }

  /// Is opened when it is wanted.
  private init(_ path: FilePath, _ status: FileStatus, of task: FrozenTask) {
    self.task = task
    holder = task.pid
    number = nil
    self.status = status
    flags = 0
    self.path = path
    hasForeseenName = nil
  }

  private static let linkRemedy = "Run as root, and see that /proc shows the task (hidepid)."

  /// The magic link of /proc to the file.
  var magicLink: FilePath { path ?? FilePath("/proc/\(holder)/fd/\(number!)") }

  /// Our own copy, open while this object lives. Its file position and flags are those of the task.
  var file: BorrowedFD {
    get throws(Failure) {
      if copy == nil {
        try checkOpen()
        if let number {
          copy = try copyDescriptor(number, of: try task.process(for: subject), subject)
        } else {
          copy = try magicLink.open(flags: Int32(FileFlags.pathOnly), remedy: Descriptor.linkRemedy)
        }
      }
      return copy!.borrowed()
    }
  }

  /// The file for questions, some of which may be answered already.
  var asked: AskedDescriptor { AskedDescriptor(descriptor: self, answers: answers) }

  // MARK: For a record that is made later

  var isAsked: Bool { answers != nil }

  /// The task may go on: from now on, there is what has been asked, and nothing else.
  ///
  /// - Parameter row: Takes our copy, which is closed before the task goes on.
  func seal(closing row: DescriptorRow? = nil) {
    isSealed = true
    knownInfo = nil
    guard let file = copy.take() else { return }
    if let row { row.add(file) }
  }

  private func checkOpen() throws(Failure) {
    guard isSealed else { return }
    throw Failure(
      "look at the file again", "\(subject): the task may have gone on", .invalid,
      remedy: "This is a defect, not of the program: keep the log.")
  }

  /// For errors: "pid 4211 (nginx), descriptor 5".
  var subject: String {
    guard let number else { return "\(magicLink) of \(task.subject)" }
    return isInFlight ? "a descriptor in flight to \(task.subject)" : "\(task.subject), descriptor \(number)"
  }

  var isInFlight: Bool { holder != task.pid }

  /// The text of the magic link: a path, or "pipe:[123]", "anon_inode:[eventpoll]" and so on. 9 microseconds.
  func link() throws(Failure) -> FilePath {
    if let knownLink { return knownLink }
    try checkOpen()
    let link = try magicLink.readLink(remedy: "Run as root, and see that /proc shows the task (hidepid).")
    knownLink = link
    return link
  }

  /// Whether fdinfo has been read.
  var knowsInfo: Bool { knownInfo != nil || answers?.answer(to: .info) != nil }

  /// The whole fdinfo file. 9 microseconds.
  ///
  /// - Throws: `EINVAL` for what has no number.
  func info() throws(Failure) -> FDInfo {
    if let knownInfo { return knownInfo }
    guard let number else {
      throw Failure("read the descriptor", subject, .invalid, remedy: "This is a defect: keep the log.")
    }
    let text = answers?.answer(to: .info).map { Array($0.bytes) }
    if text == nil { try checkOpen() }
    let info = try FDInfo.read(pid: holder, descriptor: number, text: text)
    knownInfo = info
    return info
  }

  /// The family of a socket: AF_UNIX 1, AF_INET 2 (SO_DOMAIN).
  ///
  /// - Returns: `nil` for what is no socket, or cannot be asked.
  func socketFamily() throws(Failure) -> UInt32? {
    guard status.format == .socket, flags & FileFlags.pathOnly == 0 else { return nil }
    if let knownFamily { return knownFamily }
    let family = try asked.socketOption(.domain, subject)
    knownFamily = family
    return family
  }

  /// Whether the file has no format bits and its link is "anon_inode:" followed by `name`.
  func isAnonymous(_ name: String) throws(Failure) -> Bool {
    guard status.format == .none else { return false }
    return try link() == FilePath("anon_inode:" + name)
  }
}

extension Descriptor {
  /// A name that was foreseen, and still is one of the file.
  func foreseenName(_ foreseen: ForeseenFiles) throws(Failure) -> FilePath? {
    guard let hasForeseenName else { return try foreseen.name(of: status) }
    return hasForeseenName ? foreseen.formerName(of: status) : nil
  }
}

/// A descriptor that may have been asked already.
struct AskedDescriptor: AskedFile {
  fileprivate let descriptor: Descriptor
  fileprivate let answers: RecordedAnswers?

  /// - Returns: `nil` for what was not asked yet.
  func known(_ question: FileQuestion) -> (result: Int, bytes: UnsafeRawBufferPointer)? {
    answers?.answer(to: question)
  }

  func ask(_ question: FileQuestion, into answer: UnsafeMutableRawBufferPointer) -> (result: Int, count: Int) {
    if let known = answers?.answer(to: question) {
      answer.copyBytes(from: known.bytes)
      return (known.result, known.bytes.count)
    }
    do throws(Failure) { return try descriptor.file.ask(question, into: answer) } catch {
      return (-Int(error.errno.number), 0)
    }
  }
}

extension FrozenTask {
  /// Our pidfd.
  ///
  /// - Throws: `ESRCH` for a dead task.
  func process(for subject: @autoclosure () -> String) throws(Failure) -> BorrowedFD {
    guard pidFD != nil else {
      throw Failure("look into the task", subject(), .noProcess, remedy: "Dead tasks have no files: this is a defect.")
    }
    return pidFD!.borrowed()
  }
}
