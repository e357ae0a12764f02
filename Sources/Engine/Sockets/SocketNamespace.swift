internal import Linux

/// The network namespace that a socket lives in, which need not be that of the task that holds it.
enum SocketNamespace {
  /// Our own namespace's number in a set: namespaces are counted from our own pid namespace on (`TaskIDs`), then comes
  /// this one.
  static let ownID: UInt32 = 2

  /// For a socket that our namespace's lists do not have.
  ///
  /// - Throws: `EOPNOTSUPP` for a socket of another namespace than our own.
  static func check(_ socket: BorrowedFD, _ subject: String) throws(Failure) {
    // Kernels before 5.14 do not tell; such sockets are not in our lists then.
    let theirs = try? socket.socketOption(.namespaceCookie, byteCount: 8, subject)
    guard let theirs else { return }
    let probe = try makeSocket(family: SocketAddress.unixFamily, type: 2)
    guard try probe.borrowed().socketOption(.namespaceCookie, byteCount: 8, "our own socket") != theirs else { return }
    throw Failure(
      "dump the socket", "\(subject): it is of another network namespace than criu", .notSupported,
      remedy: "Run criu in that network namespace (nsenter --net), or join it before the dump.")
  }
}
