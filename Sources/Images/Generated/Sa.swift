// Written by imagegen from proto/sa.proto: change that and run `make images`.

internal import CImages
public import Linux

/// in core.tc (old: sigacts-<pid>.img)
public struct SaEntry: ImageMessage {
  /// handler address, sigaction() in parasite
  public var sigaction: UInt64 = 0
  public var flags: UInt64 = 0
  public var restorer: UInt64 = 0
  /// 64-bit mask
  public var mask: UInt64 = 0
  /// true for 32-bit tasks
  public var compatSigaction: Bool?
  public var maskExtended: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "sa_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SaEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SaEntry>) {
    sa_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SaEntry>) {
    sigaction = c.pointee.sigaction
    flags = c.pointee.flags
    restorer = c.pointee.restorer
    mask = c.pointee.mask
    if c.pointee.has_compat_sigaction != 0 { compatSigaction = c.pointee.compat_sigaction != 0 }
    if c.pointee.has_mask_extended != 0 { maskExtended = c.pointee.mask_extended }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SaEntry>, _ arena: Arena) {
    c.pointee.sigaction = sigaction
    c.pointee.flags = flags
    c.pointee.restorer = restorer
    c.pointee.mask = mask
    if let value = compatSigaction {
      c.pointee.has_compat_sigaction = 1
      c.pointee.compat_sigaction = value ? 1 : 0
    }
    if let value = maskExtended {
      c.pointee.has_mask_extended = 1
      c.pointee.mask_extended = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
