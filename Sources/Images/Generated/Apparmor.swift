// Written by imagegen from proto/apparmor.proto: change that and run `make images`.

internal import CImages
public import Linux

/// aa_policy
public struct AaPolicy: ImageMessage {
  public var name: String = ""
  /// raw_data of the profile
  public var blob: [UInt8] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "aa_policy"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension AaPolicy: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.AaPolicy>) {
    aa_policy__init(c)
  }

  init(reading c: UnsafePointer<CImages.AaPolicy>) {
    name = Read.text(c.pointee.name)
    blob = Read.bytes(c.pointee.blob)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.AaPolicy>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    c.pointee.blob = arena.bytes(blob)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// aa_namespace
public struct AaNamespace: ImageMessage {
  /// namespace name
  public var name: String = ""
  /// profiles loaded in it
  public var policies: [AaPolicy] = []
  /// child namespaces
  public var namespaces: [AaNamespace] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "aa_namespace"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension AaNamespace: BridgedMessage {
  static let nests = true

  static func initialize(_ c: UnsafeMutablePointer<CImages.AaNamespace>) {
    aa_namespace__init(c)
  }

  init(reading c: UnsafePointer<CImages.AaNamespace>) {
    name = Read.text(c.pointee.name)
    policies = Read.messages(c.pointee.policies, c.pointee.n_policies)
    namespaces = Read.messages(c.pointee.namespaces, c.pointee.n_namespaces)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.AaNamespace>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    (c.pointee.policies, c.pointee.n_policies) = arena.messages(policies)
    (c.pointee.namespaces, c.pointee.n_namespaces) = arena.messages(namespaces)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// apparmor.img: one record
public struct ApparmorEntry: ImageMessage {
  /// policy tree from securityfs apparmor/policy
  public var namespaces: [AaNamespace] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "apparmor_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ApparmorEntry: BridgedMessage {
  static let nests = true

  static func initialize(_ c: UnsafeMutablePointer<CImages.ApparmorEntry>) {
    apparmor_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ApparmorEntry>) {
    namespaces = Read.messages(c.pointee.namespaces, c.pointee.n_namespaces)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ApparmorEntry>, _ arena: Arena) {
    (c.pointee.namespaces, c.pointee.n_namespaces) = arena.messages(namespaces)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
