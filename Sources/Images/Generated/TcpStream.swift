// Written by imagegen from proto/tcp-stream.proto: change that and run `make images`.

internal import CImages
public import Linux

/// tcp_opts_entry
public struct TcpOptsEntry: ImageMessage {
  /// TCP_CORK; each field written only when nonzero (so keepcnt, keepidle, keepintvl normally are, with
  /// kernel defaults)
  public var cork: Bool?
  public var nodelay: Bool?
  public var keepcnt: UInt32?
  public var keepidle: UInt32?
  public var keepintvl: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "tcp_opts_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TcpOptsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TcpOptsEntry>) {
    tcp_opts_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TcpOptsEntry>) {
    if c.pointee.has_cork != 0 { cork = c.pointee.cork != 0 }
    if c.pointee.has_nodelay != 0 { nodelay = c.pointee.nodelay != 0 }
    if c.pointee.has_keepcnt != 0 { keepcnt = c.pointee.keepcnt }
    if c.pointee.has_keepidle != 0 { keepidle = c.pointee.keepidle }
    if c.pointee.has_keepintvl != 0 { keepintvl = c.pointee.keepintvl }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TcpOptsEntry>, _ arena: Arena) {
    if let value = cork {
      c.pointee.has_cork = 1
      c.pointee.cork = value ? 1 : 0
    }
    if let value = nodelay {
      c.pointee.has_nodelay = 1
      c.pointee.nodelay = value ? 1 : 0
    }
    if let value = keepcnt {
      c.pointee.has_keepcnt = 1
      c.pointee.keepcnt = value
    }
    if let value = keepidle {
      c.pointee.has_keepidle = 1
      c.pointee.keepidle = value
    }
    if let value = keepintvl {
      c.pointee.has_keepintvl = 1
      c.pointee.keepintvl = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// tcp-stream-<hex>.img: one record, followed by raw data
public struct TcpStreamEntry: ImageMessage {
  /// bytes in receive queue (SIOCINQ)
  public var inqLen: UInt32 = 0
  /// TCP_QUEUE_SEQ of recv queue (rcv_nxt)
  public var inqSeq: UInt32 = 0
  /// SIOCOUTQ, without FIN
  public var outqLen: UInt32 = 0
  /// TCP_QUEUE_SEQ of send queue (write_seq)
  public var outqSeq: UInt32 = 0
  /// tcpi_options: 1 TS, 2 SACK, 4 WSCALE; 8 ECN, 16 ECN seen, 32 SYN data also possible
  public var optMask: UInt32 = 0
  /// from TCP_INFO
  public var sndWscale: UInt32 = 0
  /// TCP_MAXSEG in repair
  public var mssClamp: UInt32 = 0
  /// from TCP_INFO; 6 is 0 and 8 is absent without WSCALE
  public var rcvWscale: UInt32?
  /// TCP_TIMESTAMP; only with the TS option
  public var timestamp: UInt32?
  /// not written by 4.2 (now tcp_opts)
  public var cork: Bool?
  /// not written by 4.2
  public var nodelay: Bool?
  /// SIOCOUTQNSD; required by restore
  public var unsqLen: UInt32?
  public var sndWl1: UInt32?
  public var sndWnd: UInt32?
  public var maxWindow: UInt32?
  public var rcvWnd: UInt32?
  public var rcvWup: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "tcp_stream_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TcpStreamEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TcpStreamEntry>) {
    tcp_stream_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TcpStreamEntry>) {
    inqLen = c.pointee.inq_len
    inqSeq = c.pointee.inq_seq
    outqLen = c.pointee.outq_len
    outqSeq = c.pointee.outq_seq
    optMask = c.pointee.opt_mask
    sndWscale = c.pointee.snd_wscale
    mssClamp = c.pointee.mss_clamp
    if c.pointee.has_rcv_wscale != 0 { rcvWscale = c.pointee.rcv_wscale }
    if c.pointee.has_timestamp != 0 { timestamp = c.pointee.timestamp }
    if c.pointee.has_cork != 0 { cork = c.pointee.cork != 0 }
    if c.pointee.has_nodelay != 0 { nodelay = c.pointee.nodelay != 0 }
    if c.pointee.has_unsq_len != 0 { unsqLen = c.pointee.unsq_len }
    if c.pointee.has_snd_wl1 != 0 { sndWl1 = c.pointee.snd_wl1 }
    if c.pointee.has_snd_wnd != 0 { sndWnd = c.pointee.snd_wnd }
    if c.pointee.has_max_window != 0 { maxWindow = c.pointee.max_window }
    if c.pointee.has_rcv_wnd != 0 { rcvWnd = c.pointee.rcv_wnd }
    if c.pointee.has_rcv_wup != 0 { rcvWup = c.pointee.rcv_wup }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TcpStreamEntry>, _ arena: Arena) {
    c.pointee.inq_len = inqLen
    c.pointee.inq_seq = inqSeq
    c.pointee.outq_len = outqLen
    c.pointee.outq_seq = outqSeq
    c.pointee.opt_mask = optMask
    c.pointee.snd_wscale = sndWscale
    c.pointee.mss_clamp = mssClamp
    if let value = rcvWscale {
      c.pointee.has_rcv_wscale = 1
      c.pointee.rcv_wscale = value
    }
    if let value = timestamp {
      c.pointee.has_timestamp = 1
      c.pointee.timestamp = value
    }
    if let value = cork {
      c.pointee.has_cork = 1
      c.pointee.cork = value ? 1 : 0
    }
    if let value = nodelay {
      c.pointee.has_nodelay = 1
      c.pointee.nodelay = value ? 1 : 0
    }
    if let value = unsqLen {
      c.pointee.has_unsq_len = 1
      c.pointee.unsq_len = value
    }
    if let value = sndWl1 {
      c.pointee.has_snd_wl1 = 1
      c.pointee.snd_wl1 = value
    }
    if let value = sndWnd {
      c.pointee.has_snd_wnd = 1
      c.pointee.snd_wnd = value
    }
    if let value = maxWindow {
      c.pointee.has_max_window = 1
      c.pointee.max_window = value
    }
    if let value = rcvWnd {
      c.pointee.has_rcv_wnd = 1
      c.pointee.rcv_wnd = value
    }
    if let value = rcvWup {
      c.pointee.has_rcv_wup = 1
      c.pointee.rcv_wup = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
