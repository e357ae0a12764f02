// Written by imagegen from proto/rlimit.proto: change that and run `make images`.

internal import CImages
public import Linux

/// in core.tc.rlimits (old: rlimit-<pid>.img)
public struct RlimitEntry: ImageMessage {
  /// RLIM_INFINITY stored as all ones
  public var cur: UInt64 = 0
  /// the same
  public var max: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "rlimit_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension RlimitEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.RlimitEntry>) {
    rlimit_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.RlimitEntry>) {
    cur = c.pointee.cur
    max = c.pointee.max
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.RlimitEntry>, _ arena: Arena) {
    c.pointee.cur = cur
    c.pointee.max = max
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
