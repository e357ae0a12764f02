internal import CLinux
internal import Glibc

extension BorrowedFD {
  /// The name of the network device with an index (SIOCGIFNAME, netdevice(7)), in the namespace of this socket.
  public func nameOfDevice(_ index: UInt32, _ subject: @autoclosure () -> String) throws(Failure) -> [UInt8] {
    // struct ifreq: the name in 16 bytes, then the index.
    var request = [UInt8](repeating: 0, count: 40)
    request.replaceSubrange(16..<20, with: withUnsafeBytes(of: index) { [UInt8]($0) })
    let getName = 0x8910
    try check("find the network device \(index)", subject(), remedy: "Make the devices as they were at the dump.") {
      request.withUnsafeMutableBytes { systemCall(SystemCall(SYS_ioctl), Int(raw), getName, Int(bitPattern: $0.baseAddress)) }
    }
    return Array(request.prefix(16).prefix { $0 != 0 })
  }
}
