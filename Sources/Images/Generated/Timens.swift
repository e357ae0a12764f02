// Written by imagegen from proto/timens.proto: change that and run `make images`.

internal import CImages
public import Linux

/// timespec
public struct Timespec: ImageMessage {
  public var tvSec: UInt64 = 0
  public var tvNsec: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "timespec"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension Timespec: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.Timespec>) {
    timespec__init(c)
  }

  init(reading c: UnsafePointer<CImages.Timespec>) {
    tvSec = c.pointee.tv_sec
    tvNsec = c.pointee.tv_nsec
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.Timespec>, _ arena: Arena) {
    c.pointee.tv_sec = tvSec
    c.pointee.tv_nsec = tvNsec
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// timens-<ns>.img (1; timens-0 when no ns)
public struct TimensEntry: ImageMessage {
  /// clock_gettime(CLOCK_MONOTONIC) inside ns at dump
  public var monotonic: Timespec = Timespec()
  public var boottime: Timespec = Timespec()
  public var unknownFields: [UnknownField] = []

  public static let name = "timens_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TimensEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TimensEntry>) {
    timens_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TimensEntry>) {
    monotonic = Timespec(reading: c.pointee.monotonic)
    boottime = Timespec(reading: c.pointee.boottime)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TimensEntry>, _ arena: Arena) {
    c.pointee.monotonic = arena.message(monotonic)
    c.pointee.boottime = arena.message(boottime)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
