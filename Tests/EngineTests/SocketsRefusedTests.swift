import Foundation
import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// Sockets that a dump refuses: the error names the process, the descriptor, what is in the way, and what to do.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root")) struct SocketsRefusedTests {
  enum Refusal: String, CaseIterable {
    case otherNetwork, heldBack, liveConnection, notAccepted, unknownProtocol, movedPath, dataNotAccepted, lostClient
    case outsidePeer, outsideStream, outsideNameless, waitingMessages

    private static let localhost = SocketAddress.inet(port: 0, address: [UInt32(0x7f00_0001).bigEndian])

    private func socket(_ family: UInt32, _ type: UInt32, _ number: UInt32 = 0) throws -> BorrowedFD {
      BorrowedFD(try makeSocket(family: family, type: type, protocol: number).release())
    }

    private func listener() throws -> BorrowedFD {
      let server = try socket(2, 1)
      try server.bind(to: Refusal.localhost, "x")
      try server.listen(backlog: 5, "x")
      return server
    }

    private func unixName() -> SocketAddress { .unix(Array("\0refused-\(getpid())".utf8)) }

    /// In the process that is dumped.
    ///
    /// - Parameter outside: One end of a pair whose other end the test has.
    /// - Returns: What it keeps.
    func make(outside: CInt) throws -> [CInt] {
      switch self {
      case .otherNetwork:
        try Trial.call("leave the network", ProbeCall.unshare, newNetwork)
        return [try socket(2, 2).raw]
      case .heldBack:
        let datagram = try socket(2, 2)
        try datagram.setSocketOption(.udpCork, 1, "x")
        return [datagram.raw]
      case .liveConnection:
        let server = try listener()
        let client = try socket(2, 1)
        try client.connect(to: try server.socketName("x"), "x")
        return [client.raw, server.raw, try server.accept("x").release()]
      case .notAccepted:
        let server = try listener()
        try socket(2, 1).connect(to: try server.socketName("x"), "x")
        return [server.raw]
      case .unknownProtocol: return [try socket(2, 1, 262).raw]  // IPPROTO_MPTCP
      case .movedPath:
        let directory = FilePath("/tmp/refused-\(getpid())")
        try directory.makeDirectory(mode: 0o700, remedy: "")
        let opened = try directory.open(flags: 0, remedy: "")
        try opened.borrowed().becomeWorkingDirectory("x")
        let bound = try socket(1, 1)
        try bound.bind(to: .unix(Array("name".utf8)), "x")
        try FilePath("name").rename(to: "other", remedy: "")
        return [bound.raw]
      case .dataNotAccepted:
        let server = try socket(1, 1)
        try server.bind(to: unixName(), "x")
        try server.listen(backlog: 3, "x")
        let client = try socket(1, 1)
        try client.connect(to: unixName(), "x")
        try client.send([1], "x")
        return [client.raw, server.raw]
      case .lostClient:
        let server = try socket(1, 1)
        try server.bind(to: unixName(), "x")
        try server.listen(backlog: 3, "x")
        try socket(1, 1).connect(to: unixName(), "x")
        return [server.raw]
      case .outsidePeer, .outsideStream, .outsideNameless: return [outside]
      case .waitingMessages:
        let route = try socket(16, 3, 0)
        // struct nlmsghdr and rtgenmsg: RTM_GETLINK as a dump, which is answered at once.
        try route.send([20, 0, 0, 0, 18, 0, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "x")
        return [route.raw]
      }
    }

    var pairType: UInt32 { self == .outsideNameless ? 2 : 1 }

    var options: DumpOptions {
      var options = DumpOptions(pid: 1, imagesDirectory: "/", workDirectory: "/")
      options.sockets.externalUnix = [.outsideStream, .outsideNameless].contains(self)
      return options
    }

    /// What is in the way, and what to do.
    var words: [String] {
      switch self {
      case .otherNetwork: ["another network namespace than criu", "nsenter --net"]
      case .heldBack: ["UDP_CORK", "when the program has sent it"]
      case .liveConnection: ["in state 1", "--tcp-established", "--tcp-close"]
      case .notAccepted: ["1 connections are not accepted yet", "--skip-in-flight"]
      case .unknownProtocol: ["type 1, protocol 262", "have the program close this one"]
      case .movedPath: ["the relative path name", "bind an absolute path"]
      case .dataNotAccepted: ["not accepted yet, and holds data", "when the server has accepted it"]
      case .lostClient: ["1 clients that are not of the tree wait", "when the program has accepted them"]
      case .outsidePeer: ["is not of the tree", "Dump the peer's process with it", "--ext-unix-sk"]
      case .outsideStream: ["a stream cannot be cut in two", "--external 'unix["]
      case .outsideNameless: ["has no name to connect to", "--inherit-fd 'fd[N]:socket:["]
      case .waitingMessages: ["messages of the kernel wait in it", "when the program has read them"]
      }
    }

    /// Kernels may lack it.
    static let hasMPTCP = (try? makeSocket(family: 2, type: 1, protocol: 262).release())
      .map { BorrowedFD($0).close() } != nil
    static let makeable = allCases.filter { $0 != .unknownProtocol || hasMPTCP }
  }

  @Test(arguments: Refusal.makeable) func whatCannotBeDumpedIsRefused(_ refusal: Refusal) throws {
    let pair = try makeSocketPair(type: refusal.pairType)
    let (ours, theirs) = (BorrowedFD(pair.0), BorrowedFD(pair.1))
    defer { ours.close() }
    let victim = try KindsProcess.ready { _ in try keepOnly(try refusal.make(outside: theirs.raw)) }
    theirs.close()
    defer { try? FileManager.default.removeItem(atPath: "/tmp/refused-\(victim.pid)") }
    let failure = #expect(throws: Failure.self) { try KindsSet(dumping: [victim], options: refusal.options) }
    let text = "\(try #require(failure))"
    #expect(failure?.errno == .notSupported)
    for words in refusal.words { #expect(text.contains(words), "\(text)") }
    let numbers = try descriptorNumbers(of: victim.pid)
    #expect(numbers.contains { text.contains("pid \(victim.pid) (kinds), descriptor \($0)") }, "\(text)")
  }

  @Test func aQueueWithUnknownMessagesIsRefused() throws {
    let set = try KindsSet(files: [], descriptors: [])
    let credentials = ScmEntry { ($0.type, $0.rights) = (2, [1]) }
    try set.write(records: [SkPacketEntry { ($0.idFor, $0.length, $0.scm) = (7, 0, [credentials]) }], to: .skQueues)
    let failure = #expect(throws: Failure.self) { try SocketQueues().load(from: set) }
    let text = "\(try #require(failure))"
    #expect(text.contains("file 7: something else than descriptors is in flight"))
    #expect(text.contains("with a criu that knows this kind of message"))
  }

  @Test func aPeerOutsideInAnImageNeedsTheUsersWord() throws {
    let outside = UnixSkEntry { ($0.id, $0.ino, $0.uflags, $0.type) = (1, 101, UnixSocket.Use.external, 2) }
    let client = UnixSkEntry { ($0.id, $0.ino, $0.peer, $0.type) = (2, 102, 101, 2) }
    let plan = UnixSocketPlan()
    plan.load([outside, client])
    let failure = #expect(throws: Failure.self) {
      try plan.check(client, options: RestoreOptions(imagesDirectory: "/", workDirectory: "/"))
    }
    let text = "\(try #require(failure))"
    #expect(text.contains("its peer is not of the tree") && text.contains("--ext-unix-sk"))
  }
}
