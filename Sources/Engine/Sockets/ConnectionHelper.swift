internal import Images
internal import Linux
internal import Streams

/// A process of ours that puts TCP connections into repair mode for a dump.
///
/// The kernel lets a frozen tree go the moment its tracer is lost, and a program that meets its connection in that mode
/// gets EPERM for what it sends and receives. So it is never the tracer that has one in it: when that is lost, this
/// process is done with the connection before a thread of the program is on a processor again.
final class ConnectionHelper {
  /// A descriptor of a frozen task.
  struct Place {
    let pid: Int32
    let number: CInt
    /// SO_REUSEADDR, which the mode changes.
    let reusesAddress: Bool
  }

  private let channel: MessageChannel
  private let child: Int32

  /// Starts it, before the freeze, as a copy of this process.
  ///
  /// - Parameter journal: One that processes share (`GuardedJournal`).
  init(journal: any Journal) throws(Failure) {
    let (ours, theirs) = try makeSocketPair(type: UnixSocket.SocketType.stream)
    let near = OwnedFD(adopting: ours)
    let far = OwnedFD(adopting: theirs)
    guard case .parent(let child) = try cloneProcess() else { Server(MessageChannel(far), journal).run() }
    self.child = child
    channel = MessageChannel(near)
  }

  // It ends by the end of the channel, and has the last word about what is in repair mode.
  deinit {
    channel.end()
    _ = ifThere { () throws(Failure) in try waitForEnd(of: child) }
  }

  /// Reads connections; `nil` for one that could not be read.
  func read(_ places: [Place]) throws(Failure) -> [TcpConnection?] {
    try channel.send(Request.read.message(places))
    var connections: [TcpConnection?] = []
    for _ in places { connections.append(try answer().flatMap { TcpConnection(answer: $0) }) }
    return connections
  }

  /// Puts connections into repair mode, so that the end of their program tells the peers nothing. When we are lost before
  /// `repairAndKill`, the mode is ended.
  func repair(_ places: [Place]) throws(Failure) { try order(Request.repair.message(places)) }

  /// As `repair`, and kills the tasks, so that we cannot be lost between. All that the journal has from then on is that
  /// they are to be killed.
  ///
  /// - Parameter tasks: All that live, as we see them.
  func repairAndKill(_ places: [Place], _ tasks: [Int32]) throws(Failure) {
    try order(Request.repairAndKill.message(places, tasks))
  }

  private func order(_ message: [UInt8]) throws(Failure) {
    try channel.send(message)
    guard try answer() != nil else {
      throw Failure(
        "put the connections into repair mode", "TCP sockets of the tree", .notPermitted,
        remedy: "Run as root, or with CAP_NET_ADMIN.")
    }
  }

  /// - Returns: `nil` where it could not.
  private func answer() throws(Failure) -> [UInt8]? {
    guard let answer = try channel.receive() else {
      throw Failure(
        "read the TCP connections", "process \(child) of ours", .noProcess, remedy: "It was killed: dump again.")
    }
    return answer.isEmpty ? nil : answer
  }

  private enum Request: Int32 {
    case read
    case repair
    case repairAndKill

    /// Its number, that of the places, three words a place, then the tasks.
    func message(_ places: [Place], _ tasks: [Int32] = []) -> [UInt8] {
      let words: [Int32] = places.flatMap { [$0.pid, $0.number, $0.reusesAddress ? 1 : 0] as [Int32] }
      return ([rawValue, Int32(places.count)] + words + tasks).map { UInt32(bitPattern: $0) }.memoryBytes
    }
  }

  /// In the process. That something fails is known by an empty answer, or none.
  private final class Server {
    private let channel: MessageChannel
    private let journal: any Journal
    /// Whose connections are in repair mode, with a program that lives.
    private var repaired: [Place] = []

    init(_ channel: consuming MessageChannel, _ journal: any Journal) {
      self.channel = channel
      self.journal = journal
    }

    func run() -> Never {
      _ = ifThere { () throws(Failure) in
        try becomeWatcher(name: "criu-connections", keeping: [channel.descriptor])
        // When we are lost, the program is about to run.
        runBeforeOthers()
        while let message = try channel.receive() { try serve(message) }
      }
      endRepair()
      exitNow(0)
    }

    private func serve(_ message: [UInt8]) throws(Failure) {
      let words = stride(from: 0, to: message.count, by: 4).map { message.number(at: $0, as: Int32.self) }
      let placesEnd = 2 + 3 * Int(words[1])
      let places = stride(from: 2, to: placesEnd, by: 3).map {
        Place(pid: words[$0], number: words[$0 + 1], reusesAddress: words[$0 + 2] != 0)
      }
      switch Request(rawValue: words[0])! {
      case .read:
        for place in places {
          try channel.send(ifThere { () throws(Failure) in try place.read().answer } ?? [])
        }
      case .repair: try channel.send(repair(places) ? [1] : [])
      case .repairAndKill:
        let isDone = repair(places)
        if isDone {
          try journal.strikeAll(entering: words[placesEnd...].map { .processStarted(pid: $0, startTime: nil) })
          for pid in words[placesEnd...] { killProcess(pid) }
          repaired = []
        }
        try channel.send(isDone ? [1] : [])
      }
    }

    /// All, or none.
    private func repair(_ places: [Place]) -> Bool {
      for place in places {
        repaired.append(place)
        guard ifThere({ () throws(Failure) in try place.beginRepair() }) != nil else {
          endRepair()
          return false
        }
      }
      return true
    }

    private func endRepair() {
      for place in repaired { _ = ifThere { () throws(Failure) in try place.endRepair(probing: true) } }
      repaired = []
    }
  }
}

extension ConnectionHelper.Place {
  func read() throws(Failure) -> TcpConnection {
    try withCopy { (socket) throws(Failure) in
      try TcpConnection.read(socket, reusesAddress: reusesAddress, subject)
    }
  }

  func beginRepair() throws(Failure) {
    try withCopy { (socket) throws(Failure) in try socket.beginTcpRepair(subject) }
  }

  func endRepair(probing: Bool) throws(Failure) {
    try withCopy { (socket) throws(Failure) in
      try socket.endTcpRepair(probing: probing, reusesAddress: reusesAddress, subject)
    }
  }

  private var subject: String { "descriptor \(number) of pid \(pid)" }

  private func withCopy<R>(_ body: (BorrowedFD) throws(Failure) -> R) throws(Failure) -> R {
    let process = try openProcess(pid)
    let socket = try copyDescriptor(number, of: process.borrowed(), subject)
    return try body(socket.borrowed())
  }
}

/// As an answer has it: four words, then the bytes of the record and of both queues.
extension TcpConnection {
  fileprivate var answer: [UInt8] {
    let message = record.encoded()
    let counts = [message.count, received.count, sent.count].map { UInt32($0) }
    return ([state.rawValue] + counts).memoryBytes + message + received + sent
  }

  fileprivate init?(answer: [UInt8]) {
    let words = (0..<4).map { answer.number(at: $0 * 4, as: UInt32.self) }
    var rest = answer[16...]
    func take(_ count: UInt32) -> [UInt8] {
      defer { rest = rest.dropFirst(Int(count)) }
      return Array(rest.prefix(Int(count)))
    }
    let message = take(words[1])
    guard let state = TcpState(rawValue: words[0]),
      let record = ifThere({ () throws(Failure) in
        try withBytes(of: message) { (bytes) throws(Failure) in
          try TcpStreamEntry(decoding: RawSpan(_unsafeBytes: bytes))
        }
      })
    else { return nil }
    self.init(record: record, received: take(words[2]), sent: take(words[3]), state: state)
  }
}
