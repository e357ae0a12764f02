// Written by imagegen from proto/siginfo.proto: change that and run `make images`.

internal import CImages
public import Linux

/// in core (old: signal-s-/signal-p-)
public struct SiginfoEntry: ImageMessage {
  /// 128-byte siginfo_t; exactly 128 bytes as the kernel gives it
  public var siginfo: [UInt8] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "siginfo_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SiginfoEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SiginfoEntry>) {
    siginfo_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SiginfoEntry>) {
    siginfo = Read.bytes(c.pointee.siginfo)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SiginfoEntry>, _ arena: Arena) {
    c.pointee.siginfo = arena.bytes(siginfo)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// signal_queue_entry
public struct SignalQueueEntry: ImageMessage {
  /// in queue order
  public var signals: [SiginfoEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "signal_queue_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SignalQueueEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SignalQueueEntry>) {
    signal_queue_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SignalQueueEntry>) {
    signals = Read.messages(c.pointee.signals, c.pointee.n_signals)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SignalQueueEntry>, _ arena: Arena) {
    (c.pointee.signals, c.pointee.n_signals) = arena.messages(signals)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
