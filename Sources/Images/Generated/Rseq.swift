// Written by imagegen from proto/rseq.proto: change that and run `make images`.

internal import CImages
public import Linux

/// rseq_entry
public struct RseqEntry: ImageMessage {
  /// registered address; 0 = not registered
  public var rseqAbiPointer: UInt64 = 0
  /// size given at registration
  public var rseqAbiSize: UInt32 = 0
  /// abort signature
  public var signature: UInt32 = 0
  /// rseq_cs field of struct rseq; only with NO_RESTART_ON_SIGNAL. Without that flag, a task stopped inside
  /// its critical section is stored with ip already moved to the abort handler
  public var rseqCsPointer: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "rseq_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension RseqEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.RseqEntry>) {
    rseq_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.RseqEntry>) {
    rseqAbiPointer = c.pointee.rseq_abi_pointer
    rseqAbiSize = c.pointee.rseq_abi_size
    signature = c.pointee.signature
    if c.pointee.has_rseq_cs_pointer != 0 { rseqCsPointer = c.pointee.rseq_cs_pointer }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.RseqEntry>, _ arena: Arena) {
    c.pointee.rseq_abi_pointer = rseqAbiPointer
    c.pointee.rseq_abi_size = rseqAbiSize
    c.pointee.signature = signature
    if let value = rseqCsPointer {
      c.pointee.has_rseq_cs_pointer = 1
      c.pointee.rseq_cs_pointer = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
