// Written by imagegen from proto/sysctl.proto: change that and run `make images`.

internal import CImages
public import Linux

/// SysctlType: a value that this version does not know stays what it is.
public struct SysctlType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let ctlStr = Self(rawValue: 5)
  public static let ctl32 = Self(rawValue: 6)

  public static let names: [UInt32: String] = [
    5: "CTL_STR",
    6: "CTL_32",
  ]
}

/// sysctl_entry
public struct SysctlEntry: ImageMessage {
  /// 5 string, 6 int32
  public var type: SysctlType = SysctlType(rawValue: 0)
  /// int value
  public var iarg: Int32?
  /// string value
  public var sarg: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "sysctl_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SysctlEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SysctlEntry>) {
    sysctl_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SysctlEntry>) {
    type = SysctlType(rawValue: c.pointee.type.rawValue)
    if c.pointee.has_iarg != 0 { iarg = c.pointee.iarg }
    sarg = c.pointee.sarg.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SysctlEntry>, _ arena: Arena) {
    c.pointee.type = CImages.SysctlType(type.rawValue)
    if let value = iarg {
      c.pointee.has_iarg = 1
      c.pointee.iarg = value
    }
    c.pointee.sarg = sarg.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
