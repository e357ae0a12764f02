internal import CLinux
internal import Glibc

/// The addresses of a host, in the order in which they should be tried (getaddrinfo(3)).
///
/// - Parameters:
///   - host: A name, or an IPv4 or IPv6 address.
///   - port: Host byte order.
/// - Throws: `ENOENT` no such host, or nobody who knows.
public func addresses(ofHost host: String, port: UInt16) throws(Failure) -> [SocketAddress] {
  var wanted = addrinfo()
  wanted.ai_family = AF_UNSPEC
  wanted.ai_socktype = CInt(SOCK_STREAM.rawValue)
  var list: UnsafeMutablePointer<addrinfo>?
  let result = getaddrinfo(host, nil, &wanted, &list)
  defer { if let list { freeaddrinfo(list) } }
  guard result == 0 else {
    throw Failure(
      "find the host", "\(host) (\(String(cString: gai_strerror(result))))", .noEntry,
      remedy: "Check the name in --address, and /etc/hosts or DNS; or give the address itself.")
  }
  var found: [SocketAddress] = []
  var next = list
  while let entry = next {
    if let address = entry.pointee.ai_addr {
      var bytes = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))
      bytes[2] = UInt8(port >> 8)  // sin_port and sin6_port lie at the same place, in network byte order
      bytes[3] = UInt8(port & 0xff)
      found.append(SocketAddress(bytes))
    }
    next = entry.pointee.ai_next
  }
  return found
}

extension SocketAddress {
  /// "192.0.2.1:12345", "[2001:db8::1]:12345"; for messages.
  public var text: String {
    let isNarrow = family == SocketAddress.inetFamily
    guard isNarrow || family == SocketAddress.inet6Family else { return "a local socket" }
    var buffer = [CChar](repeating: 0, count: 64)
    let words = self.words
    let isWritten = words.withUnsafeBytes {
      inet_ntop(CInt(family), $0.baseAddress, &buffer, socklen_t(buffer.count)) != nil
    }
    let host = isWritten ? String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : "?"
    return isNarrow ? "\(host):\(port)" : "[\(host)]:\(port)"
  }
}
