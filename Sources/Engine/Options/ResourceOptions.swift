/// How a dump describes a file, and a restore tells that it is still the same one.
public enum FileValidation: String, Sendable, CaseIterable {
  case sizeOnly = "filesize"
  /// The build-id of an ELF file, else its size.
  case buildID = "buildid"
}

/// What is done with cgroups (criu(8), --manage-cgroups); numbers are those of `criu_cg_mode`.
public enum CgroupMode: UInt32, Sendable, CaseIterable {
  case ignore = 0
  case none = 1
  case properties = 2
  case soft = 3
  case full = 4
  case strict = 5
}

/// What is done with sockets that reach outside of the tree.
public struct SocketOptions: Sendable {
  /// How packets are dropped between the dump and the restore; numbers are those of `criu_network_lock_method`.
  public enum NetworkLock: UInt32, Sendable, CaseIterable {
    case iptables = 1
    case nftables = 2
    case skip = 3
  }

  /// Unix sockets may be connected to ones outside of the tree.
  public var externalUnix = false
  /// Inodes of the outside sockets meant; empty for any.
  public var externalUnixInodes: [UInt32] = []
  /// Established TCP connections are carried over.
  public var tcpEstablished = false
  /// Established TCP connections are closed rather than carried over.
  public var tcpClose = false
  /// TCP connections that are not accepted yet are left out.
  public var skipInFlight = false
  public var networkLock = NetworkLock.iptables

  public init() {}
}

/// A resource outside of the tree, `type[id]:value` on the command line.
public struct ExternalResource: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case mount = "mnt"
    case device = "dev"
    case file
    case terminal = "tty"
    case unixSocket = "unix"
    case networkNamespace = "net"
    case pidNamespace = "pid"
    case virtualEthernet = "veth"
    case macvlan
    case networkDevice = "netdev"
  }

  public let kind: Kind
  /// What the brackets hold; may be empty.
  public let id: String
  /// What follows the colon, `nil` without one.
  public let value: String?

  /// - Returns: `nil` for text that has another form or an unknown type.
  public init?(_ text: String) {
    guard let open = text.firstIndex(of: "["), let kind = Kind(rawValue: String(text[..<open])) else { return nil }
    let inside = text[text.index(after: open)...]
    guard let close = inside.firstIndex(of: "]") else { return nil }
    let rest = inside[inside.index(after: close)...]
    guard rest.isEmpty || rest.first == ":" else { return nil }
    self.kind = kind
    id = String(inside[..<close])
    value = rest.isEmpty ? nil : String(rest.dropFirst())
  }

  /// As it is written, and as images name it: "tty[8800:1]".
  public var key: String { "\(kind.rawValue)[\(id)]" }
}
