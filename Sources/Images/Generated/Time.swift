// Written by imagegen from proto/time.proto: change that and run `make images`.

internal import CImages
public import Linux

/// timeval
public struct Timeval: ImageMessage {
  public var tvSec: UInt64 = 0
  public var tvUsec: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "timeval"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension Timeval: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.Timeval>) {
    timeval__init(c)
  }

  init(reading c: UnsafePointer<CImages.Timeval>) {
    tvSec = c.pointee.tv_sec
    tvUsec = c.pointee.tv_usec
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.Timeval>, _ arena: Arena) {
    c.pointee.tv_sec = tvSec
    c.pointee.tv_usec = tvUsec
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
