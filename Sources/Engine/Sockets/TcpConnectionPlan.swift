internal import Images
internal import Linux
internal import Streams

/// The live TCP connections of a set of images.
final class TcpConnectionPlan: KindState {
  /// By the inode that the socket had.
  private(set) var connections: [UInt32: TcpConnection] = [:]
  private var lock = NetworkLock(method: .skip, runID: "")

  func load(from source: any ImageSource, into plan: FilePlan) throws(Failure) {
    let records = connectionRecords(in: plan)
    guard !records.isEmpty else { return }
    let inventory = plan.inventory
    guard !plan.options.sockets.tcpClose else { return }
    guard inventory?.tcpClose != true else {
      throw refused(records[0], plan, "was dumped to be closed", "Give --tcp-close here too.")
    }
    guard plan.options.sockets.tcpEstablished else {
      throw refused(records[0], plan, "was live at the dump", "Give --tcp-established to carry it over, or --tcp-close to close it.")
    }
    lock = NetworkLock(inventory, else: plan.options.sockets.networkLock, rootPid: plan.holders.first?.pid ?? 0)
    for record in records { connections[record.ino] = try read(record, from: source) }
  }

  private func connectionRecords(in plan: FilePlan) -> [InetSkEntry] {
    plan.records(of: .inetsk).compactMap(\.isk).filter(InternetSocket.isConnection)
  }

  private func read(_ record: InetSkEntry, from source: any ImageSource) throws(Failure) -> TcpConnection {
    func damaged(_ what: String) -> Failure {
      Failure(
        "read the TCP connection", "\(ImageKind.tcpStream.name(UInt64(record.ino))): \(what)", .badMessage,
        remedy: "The set is not whole: restore from another copy of it.")
    }
    guard let state = TcpState(rawValue: record.state), state.isConnection else { throw damaged("state \(record.state)") }
    guard let reader = try source.recordReader(.tcpStream, UInt64(record.ino)),
      let stream = try reader.next(TcpStreamEntry.self)
    else { throw damaged("missing") }
    guard let unsent = stream.unsqLen, unsent <= stream.outqLen else { throw damaged("unsq_len") }
    let received = try reader.readExtra(byteCount: Int(stream.inqLen))
    let sent = try reader.readExtra(byteCount: Int(stream.outqLen))
    return TcpConnection(record: stream, received: received, sent: sent, state: state)
  }

  /// - Parameter record: The first connection: what is refused of it is refused of all.
  private func refused(_ record: InetSkEntry, _ plan: FilePlan, _ what: String, _ remedy: String) -> Failure {
    let key = FileKey(type: .inetsk, id: record.id)
    let place = plan.holders.lazy.compactMap { holder in
      holder.descriptors.first { $0.key == key }.map { "\(holder.subject), descriptor \($0.fd): " }
    }.first
    return Failure(
      "restore the TCP connection", "\(place ?? "")to port \(record.dstPort), which \(what)", .notSupported, remedy: remedy)
  }

  /// The last thing before the tree runs: packets may come again, and each socket leaves repair mode.
  func letGo(_ plan: FilePlan) throws(Failure) {
    guard !connections.isEmpty else { return }
    try lock.unlock(Set(connectionRecords(in: plan).map(NetworkLock.Connection.init)))
    var open = Set(connections.keys)
    for holder in plan.holders {
      let process = try openProcess(holder.pid)
      for descriptor in holder.descriptors where descriptor.type == .inetsk {
        guard let record = plan[descriptor.key]?.isk, open.remove(record.ino) != nil else { continue }
        let subject = "\(descriptor.key), descriptor \(descriptor.fd) of \(holder.subject)"
        let socket = try copyDescriptor(CInt(bitPattern: descriptor.fd), of: process.borrowed(), subject)
        try socket.borrowed().endTcpRepair(
          probing: true, reusesAddress: record.opts.reuseaddr == true, subject)
      }
    }
  }
}
