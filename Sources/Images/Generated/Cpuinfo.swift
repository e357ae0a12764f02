// Written by imagegen from proto/cpuinfo.proto: change that and run `make images`.

internal import CImages
public import Linux

/// cpuinfo_x86_entry
public struct CpuinfoX86Entry: ImageMessage {
  public var vendorId: CpuinfoX86Entry.Vendor = CpuinfoX86Entry.Vendor(rawValue: 0)
  /// CPUID family
  public var cpuFamily: UInt32 = 0
  /// CPUID model
  public var model: UInt32 = 0
  /// CPUID stepping
  public var stepping: UInt32 = 0
  public var capabilityVer: UInt32 = 0
  /// 19 u32 CPUID words (capability_ver 2; version 1 had 12)
  public var capability: [UInt32] = []
  /// brand string if any
  public var modelId: String?
  /// XCR0 usable mask
  public var xfeaturesMask: UInt64?
  /// XSAVE area
  public var xsaveSize: UInt32?
  /// max area
  public var xsaveSizeMax: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "cpuinfo_x86_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }

  /// cpuinfo_x86_entry.vendor: a value that this version does not know stays what it is.
  public struct Vendor: ImageEnumeration {
    public let rawValue: UInt32
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    public static let unknown = Self(rawValue: 0)
    public static let intel = Self(rawValue: 1)
    public static let amd = Self(rawValue: 2)

    public static let names: [UInt32: String] = [
      0: "UNKNOWN",
      1: "INTEL",
      2: "AMD",
    ]
  }
}

extension CpuinfoX86Entry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CpuinfoX86Entry>) {
    cpuinfo_x86_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CpuinfoX86Entry>) {
    vendorId = CpuinfoX86Entry.Vendor(rawValue: c.pointee.vendor_id.rawValue)
    cpuFamily = c.pointee.cpu_family
    model = c.pointee.model
    stepping = c.pointee.stepping
    capabilityVer = c.pointee.capability_ver
    capability = Read.values(c.pointee.capability, c.pointee.n_capability)
    modelId = c.pointee.model_id.map(Read.text)
    if c.pointee.has_xfeatures_mask != 0 { xfeaturesMask = c.pointee.xfeatures_mask }
    if c.pointee.has_xsave_size != 0 { xsaveSize = c.pointee.xsave_size }
    if c.pointee.has_xsave_size_max != 0 { xsaveSizeMax = c.pointee.xsave_size_max }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CpuinfoX86Entry>, _ arena: Arena) {
    c.pointee.vendor_id = CImages.CpuinfoX86Entry__Vendor(vendorId.rawValue)
    c.pointee.cpu_family = cpuFamily
    c.pointee.model = model
    c.pointee.stepping = stepping
    c.pointee.capability_ver = capabilityVer
    (c.pointee.capability, c.pointee.n_capability) = arena.values(capability)
    c.pointee.model_id = modelId.map(arena.text)
    if let value = xfeaturesMask {
      c.pointee.has_xfeatures_mask = 1
      c.pointee.xfeatures_mask = value
    }
    if let value = xsaveSize {
      c.pointee.has_xsave_size = 1
      c.pointee.xsave_size = value
    }
    if let value = xsaveSizeMax {
      c.pointee.has_xsave_size_max = 1
      c.pointee.xsave_size_max = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cpuinfo_ppc64_entry
public struct CpuinfoPpc64Entry: ImageMessage {
  public var endian: CpuinfoPpc64Entry.Endianness = CpuinfoPpc64Entry.Endianness(rawValue: 0)
  public var hwcap: [UInt64] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "cpuinfo_ppc64_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }

  /// cpuinfo_ppc64_entry.endianness: a value that this version does not know stays what it is.
  public struct Endianness: ImageEnumeration {
    public let rawValue: UInt32
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    public static let bigendian = Self(rawValue: 0)
    public static let littleendian = Self(rawValue: 1)

    public static let names: [UInt32: String] = [
      0: "BIGENDIAN",
      1: "LITTLEENDIAN",
    ]
  }
}

extension CpuinfoPpc64Entry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CpuinfoPpc64Entry>) {
    cpuinfo_ppc64_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CpuinfoPpc64Entry>) {
    endian = CpuinfoPpc64Entry.Endianness(rawValue: c.pointee.endian.rawValue)
    hwcap = Read.values(c.pointee.hwcap, c.pointee.n_hwcap)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CpuinfoPpc64Entry>, _ arena: Arena) {
    c.pointee.endian = CImages.CpuinfoPpc64Entry__Endianness(endian.rawValue)
    (c.pointee.hwcap, c.pointee.n_hwcap) = arena.values(hwcap)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cpuinfo_s390_entry
public struct CpuinfoS390Entry: ImageMessage {
  public var hwcap: [UInt64] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "cpuinfo_s390_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CpuinfoS390Entry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CpuinfoS390Entry>) {
    cpuinfo_s390_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CpuinfoS390Entry>) {
    hwcap = Read.values(c.pointee.hwcap, c.pointee.n_hwcap)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CpuinfoS390Entry>, _ arena: Arena) {
    (c.pointee.hwcap, c.pointee.n_hwcap) = arena.values(hwcap)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cpuinfo.img: one record
public struct CpuinfoEntry: ImageMessage {
  public var x86Entry: [CpuinfoX86Entry] = []
  public var ppc64Entry: [CpuinfoPpc64Entry] = []
  public var s390Entry: [CpuinfoS390Entry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "cpuinfo_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CpuinfoEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CpuinfoEntry>) {
    cpuinfo_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CpuinfoEntry>) {
    x86Entry = Read.messages(c.pointee.x86_entry, c.pointee.n_x86_entry)
    ppc64Entry = Read.messages(c.pointee.ppc64_entry, c.pointee.n_ppc64_entry)
    s390Entry = Read.messages(c.pointee.s390_entry, c.pointee.n_s390_entry)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CpuinfoEntry>, _ arena: Arena) {
    (c.pointee.x86_entry, c.pointee.n_x86_entry) = arena.messages(x86Entry)
    (c.pointee.ppc64_entry, c.pointee.n_ppc64_entry) = arena.messages(ppc64Entry)
    (c.pointee.s390_entry, c.pointee.n_s390_entry) = arena.messages(s390Entry)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
