// Written by imagegen from proto/sk-opts.proto: change that and run `make images`.

internal import CImages
public import Linux

/// sk_shutdown: a value that this version does not know stays what it is.
public struct SkShutdown: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let none = Self(rawValue: 0)
  public static let read = Self(rawValue: 1)
  public static let write = Self(rawValue: 2)
  public static let both = Self(rawValue: 3)

  public static let names: [UInt32: String] = [
    0: "NONE",
    1: "READ",
    2: "WRITE",
    3: "BOTH",
  ]
}

/// sk_opts_entry
public struct SkOptsEntry: ImageMessage {
  /// SO_SNDBUF as read (doubled value)
  public var soSndbuf: UInt32 = 0
  /// SO_RCVBUF as read
  public var soRcvbuf: UInt32 = 0
  public var soSndTmoSec: UInt64 = 0
  public var soSndTmoUsec: UInt64 = 0
  public var soRcvTmoSec: UInt64 = 0
  public var soRcvTmoUsec: UInt64 = 0
  public var reuseaddr: Bool?
  public var soPriority: UInt32?
  public var soRcvlowat: UInt32?
  /// SO_MARK; only when nonzero
  public var soMark: UInt32?
  /// SO_PASSCRED (unix, netlink)
  public var soPasscred: Bool?
  public var soPasssec: Bool?
  public var soDontroute: Bool?
  public var soNoCheck: Bool?
  public var soBoundDev: String?
  /// SO_GET_FILTER: each sock_filter as one fixed64
  public var soFilter: [UInt64] = []
  public var soReuseport: Bool?
  public var soBroadcast: Bool?
  public var soKeepalive: Bool?
  public var tcpKeepcnt: UInt32?
  public var tcpKeepidle: UInt32?
  public var tcpKeepintvl: UInt32?
  public var soOobinline: UInt32?
  /// seconds, present when on
  public var soLinger: UInt32?
  /// SO_BUF_LOCK: 1 sndbuf, 2 rcvbuf locked
  public var soBufLock: UInt32?
  /// our own, which other programs pass over: SO_PEEK_OFF, where a program has set it
  public var soPeekOff: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "sk_opts_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SkOptsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SkOptsEntry>) {
    sk_opts_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SkOptsEntry>) {
    soSndbuf = c.pointee.so_sndbuf
    soRcvbuf = c.pointee.so_rcvbuf
    soSndTmoSec = c.pointee.so_snd_tmo_sec
    soSndTmoUsec = c.pointee.so_snd_tmo_usec
    soRcvTmoSec = c.pointee.so_rcv_tmo_sec
    soRcvTmoUsec = c.pointee.so_rcv_tmo_usec
    if c.pointee.has_reuseaddr != 0 { reuseaddr = c.pointee.reuseaddr != 0 }
    if c.pointee.has_so_priority != 0 { soPriority = c.pointee.so_priority }
    if c.pointee.has_so_rcvlowat != 0 { soRcvlowat = c.pointee.so_rcvlowat }
    if c.pointee.has_so_mark != 0 { soMark = c.pointee.so_mark }
    if c.pointee.has_so_passcred != 0 { soPasscred = c.pointee.so_passcred != 0 }
    if c.pointee.has_so_passsec != 0 { soPasssec = c.pointee.so_passsec != 0 }
    if c.pointee.has_so_dontroute != 0 { soDontroute = c.pointee.so_dontroute != 0 }
    if c.pointee.has_so_no_check != 0 { soNoCheck = c.pointee.so_no_check != 0 }
    soBoundDev = c.pointee.so_bound_dev.map(Read.text)
    soFilter = Read.values(c.pointee.so_filter, c.pointee.n_so_filter)
    if c.pointee.has_so_reuseport != 0 { soReuseport = c.pointee.so_reuseport != 0 }
    if c.pointee.has_so_broadcast != 0 { soBroadcast = c.pointee.so_broadcast != 0 }
    if c.pointee.has_so_keepalive != 0 { soKeepalive = c.pointee.so_keepalive != 0 }
    if c.pointee.has_tcp_keepcnt != 0 { tcpKeepcnt = c.pointee.tcp_keepcnt }
    if c.pointee.has_tcp_keepidle != 0 { tcpKeepidle = c.pointee.tcp_keepidle }
    if c.pointee.has_tcp_keepintvl != 0 { tcpKeepintvl = c.pointee.tcp_keepintvl }
    if c.pointee.has_so_oobinline != 0 { soOobinline = c.pointee.so_oobinline }
    if c.pointee.has_so_linger != 0 { soLinger = c.pointee.so_linger }
    if c.pointee.has_so_buf_lock != 0 { soBufLock = c.pointee.so_buf_lock }
    if c.pointee.has_so_peek_off != 0 { soPeekOff = c.pointee.so_peek_off }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SkOptsEntry>, _ arena: Arena) {
    c.pointee.so_sndbuf = soSndbuf
    c.pointee.so_rcvbuf = soRcvbuf
    c.pointee.so_snd_tmo_sec = soSndTmoSec
    c.pointee.so_snd_tmo_usec = soSndTmoUsec
    c.pointee.so_rcv_tmo_sec = soRcvTmoSec
    c.pointee.so_rcv_tmo_usec = soRcvTmoUsec
    if let value = reuseaddr {
      c.pointee.has_reuseaddr = 1
      c.pointee.reuseaddr = value ? 1 : 0
    }
    if let value = soPriority {
      c.pointee.has_so_priority = 1
      c.pointee.so_priority = value
    }
    if let value = soRcvlowat {
      c.pointee.has_so_rcvlowat = 1
      c.pointee.so_rcvlowat = value
    }
    if let value = soMark {
      c.pointee.has_so_mark = 1
      c.pointee.so_mark = value
    }
    if let value = soPasscred {
      c.pointee.has_so_passcred = 1
      c.pointee.so_passcred = value ? 1 : 0
    }
    if let value = soPasssec {
      c.pointee.has_so_passsec = 1
      c.pointee.so_passsec = value ? 1 : 0
    }
    if let value = soDontroute {
      c.pointee.has_so_dontroute = 1
      c.pointee.so_dontroute = value ? 1 : 0
    }
    if let value = soNoCheck {
      c.pointee.has_so_no_check = 1
      c.pointee.so_no_check = value ? 1 : 0
    }
    c.pointee.so_bound_dev = soBoundDev.map(arena.text)
    (c.pointee.so_filter, c.pointee.n_so_filter) = arena.values(soFilter)
    if let value = soReuseport {
      c.pointee.has_so_reuseport = 1
      c.pointee.so_reuseport = value ? 1 : 0
    }
    if let value = soBroadcast {
      c.pointee.has_so_broadcast = 1
      c.pointee.so_broadcast = value ? 1 : 0
    }
    if let value = soKeepalive {
      c.pointee.has_so_keepalive = 1
      c.pointee.so_keepalive = value ? 1 : 0
    }
    if let value = tcpKeepcnt {
      c.pointee.has_tcp_keepcnt = 1
      c.pointee.tcp_keepcnt = value
    }
    if let value = tcpKeepidle {
      c.pointee.has_tcp_keepidle = 1
      c.pointee.tcp_keepidle = value
    }
    if let value = tcpKeepintvl {
      c.pointee.has_tcp_keepintvl = 1
      c.pointee.tcp_keepintvl = value
    }
    if let value = soOobinline {
      c.pointee.has_so_oobinline = 1
      c.pointee.so_oobinline = value
    }
    if let value = soLinger {
      c.pointee.has_so_linger = 1
      c.pointee.so_linger = value
    }
    if let value = soBufLock {
      c.pointee.has_so_buf_lock = 1
      c.pointee.so_buf_lock = value
    }
    if let value = soPeekOff {
      c.pointee.has_so_peek_off = 1
      c.pointee.so_peek_off = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
