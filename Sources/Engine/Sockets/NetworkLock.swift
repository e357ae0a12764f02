internal import Images
internal import Linux
internal import Streams

/// Drops the packets of TCP connections from their dump until they are restored, or go on (criu(8), --network-lock):
/// what arrives for a socket that is gone would be answered with a reset.
///
/// The names and the form of the rules are those of upstream, so that either undoes what the other did.
struct NetworkLock {
  let method: SocketOptions.NetworkLock
  /// Of the dump: it names the table (inventory_entry.dump_criu_run_id).
  let runID: String

  /// Upstream has room for 31 characters of "inet CRIU-" and the identifier.
  var tableName: String { "CRIU-\(runID.prefix(21))" }

  init(method: SocketOptions.NetworkLock, runID: String) {
    self.method = method
    self.runID = runID
  }

  /// That of the dump that made a set.
  ///
  /// - Parameters:
  ///   - unknown: The method of a set that does not name one.
  ///   - rootPid: Names the dump where the set does not.
  init(_ inventory: InventoryEntry?, else unknown: SocketOptions.NetworkLock, rootPid: Int32) {
    let method = inventory?.networkLockMethod.flatMap { SocketOptions.NetworkLock(rawValue: $0 + 1) }  // counts from 0
    self.init(method: method ?? unknown, runID: inventory?.dumpCriuRunId ?? "\(rootPid)")
  }

  /// SO_MARK of packets that pass.
  static let mark: UInt32 = 0xC114

  /// The two ends of a connection, as its own socket sees them.
  struct Connection: Hashable {
    let ports: (source: UInt16, destination: UInt16)
    let source, destination: [UInt32]

    init(_ record: InetSkEntry) {
      ports = (UInt16(truncatingIfNeeded: record.srcPort), UInt16(truncatingIfNeeded: record.dstPort))
      (source, destination) = (record.srcAddr.unmapped, record.dstAddr.unmapped)
    }

    var isIPv6: Bool { destination.count == 4 }

    static func == (left: Connection, right: Connection) -> Bool {
      left.ports == right.ports && left.source == right.source && left.destination == right.destination
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(ports.source)
      hasher.combine(ports.destination)
      hasher.combine(source)
      hasher.combine(destination)
    }
  }

  /// - Returns: Entries of the journal; what they undo is to be struck when the lock is to outlast us.
  func lock(_ connections: Set<Connection>, journal: (any Journal)?) throws(Failure) -> [Int] {
    var entries: [Int] = []
    for change in changes(for: connections) {
      if let journal {
        entries.append(try journal.enter(.firewallChanged(change.firewall, undoText: change.undo, in: nil)))
      }
      try change.firewall.run(change.make)
    }
    return entries
  }

  func unlock(_ connections: Set<Connection>) throws(Failure) {
    for change in changes(for: connections) { try change.firewall.run(change.undo) }
  }

  struct Change {
    let firewall: Firewall
    let make, undo: String
    /// A rule of iptables that is there as long as the change is not undone; nftables undoes also what is not there.
    var sign: String?

    func isInForce() throws(Failure) -> Bool { if let sign { try firewall.hasRule(sign) } else { true } }
  }

  private func changes(for connections: Set<Connection>) -> [Change] {
    guard !connections.isEmpty else { return [] }
    switch method {
    case .skip: return []
    case .nftables:
      return [Change(firewall: .nftables, make: table(of: connections), undo: "delete table inet \(tableName)")]
    case .iptables:
      return [(Firewall.iptables, false), (.ip6tables, true)].compactMap { firewall, isIPv6 in
        let chosen = connections.filter { $0.isIPv6 == isIPv6 }
        guard !chosen.isEmpty else { return nil }
        return Change(firewall: firewall, make: rules("-I", chosen), undo: rules("-D", chosen))
      }
    }
  }

  /// Drops all packets of a network but those with our mark.
  func wholeNetwork() -> [Change] {
    switch method {
    case .skip: return []
    case .nftables:
      func chain(_ hook: String) -> String {
        "chain \(hook) { type filter hook \(hook) priority 0; policy drop; meta mark \(NetworkLock.mark) accept; }"
      }
      return [
        Change(
          firewall: .nftables, make: "table inet \(tableName) {\n\(chain("input"))\n\(chain("output"))\n}",
          undo: "add table inet \(tableName)\ndelete table inet \(tableName)")
      ]
    case .iptables:
      let make = """
        *filter
        :CRIU - [0:0]
        -I INPUT -j CRIU
        -I OUTPUT -j CRIU
        -A CRIU -m mark --mark \(NetworkLock.mark) -j ACCEPT
        -A CRIU -j DROP
        COMMIT

        """
      // A chain goes only when nothing jumps to it any more.
      let undo = """
        *filter
        :CRIU - [0:0]
        -D INPUT -j CRIU
        -D OUTPUT -j CRIU
        COMMIT
        *filter
        -X CRIU
        COMMIT

        """
      let families = [Firewall.iptables] + (Firewall.hasIPv6() ? [.ip6tables] : [])
      return families.map { Change(firewall: $0, make: make, undo: undo, sign: "INPUT -j CRIU") }
    }
  }

  private func table(of connections: Set<Connection>) -> String {
    func pairs(isIPv6: Bool) -> String {
      let elements = connections.filter { $0.isIPv6 == isIPv6 }.flatMap { connection in
        let (here, there) = (connection.source.addressText, connection.destination.addressText)
        let (own, peer) = connection.ports
        return ["\(here) . \(own) . \(there) . \(peer)", "\(there) . \(peer) . \(here) . \(own)"]
      }
      // Both ends of one connection may be ours.
      return elements.isEmpty ? "" : "elements = { \(Set(elements).sorted().joined(separator: ", ")) }"
    }
    func chain(_ hook: String) -> String {
      """
      chain \(hook) {
        type filter hook \(hook) priority 0;
        meta mark \(NetworkLock.mark) accept
        ip saddr . tcp sport . ip daddr . tcp dport @conns4 drop
        ip6 saddr . tcp sport . ip6 daddr . tcp dport @conns6 drop
      }
      """
    }
    return """
      table inet \(tableName) {
        set conns4 { type ipv4_addr . inet_service . ipv4_addr . inet_service; \(pairs(isIPv6: false)) }
        set conns6 { type ipv6_addr . inet_service . ipv6_addr . inet_service; \(pairs(isIPv6: true)) }
        \(chain("input"))
        \(chain("output"))
      }
      """
  }

  private func rules(_ action: String, _ connections: Set<Connection>) -> String {
    let lines = connections.flatMap { connection in
      let (here, there) = (connection.source.addressText, connection.destination.addressText)
      let (own, peer) = connection.ports
      let drop = "--protocol tcp -m mark ! --mark \(NetworkLock.mark)"
      return [
        "\(action) INPUT \(drop) --source \(there) --sport \(peer) --destination \(here) --dport \(own) -j DROP",
        "\(action) OUTPUT \(drop) --source \(here) --sport \(own) --destination \(there) --dport \(peer) -j DROP",
      ]
    }
    return (["*filter"] + lines + ["COMMIT", ""]).joined(separator: "\n")
  }
}

extension [UInt32] {
  /// An address as images have it; IPv4 inside IPv6 as IPv4 (RFC 4291 section 2.5.5.2).
  var unmapped: [UInt32] {
    count == 4 && self[0] == 0 && self[1] == 0 && self[2] == UInt32(0xffff).bigEndian ? [self[3]] : self
  }

  var addressText: String {
    let bytes = memoryBytes
    guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }
}
