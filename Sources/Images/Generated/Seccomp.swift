// Written by imagegen from proto/seccomp.proto: change that and run `make images`.

internal import CImages
public import Linux

/// seccomp_filter
public struct SeccompFilter: ImageMessage {
  /// array of 8-byte sock_filter, PTRACE_SECCOMP_GET_FILTER
  public var filter: [UInt8] = []
  /// index of the next NEWER filter of the same thread; absent on the newest. Restore starts at
  /// thread_core.seccomp_filter and installs each filter while walking prev; chains are written newest
  /// first, so prev = own index - 1
  public var prev: UInt32?
  /// SECCOMP_FILTER_FLAG_*: kernel metadata (LOG 2, SPEC_ALLOW 4), and TSYNC 1 which criu itself sets on
  /// every filter of a leader when all threads have equal chains (also for a single thread)
  public var flags: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "seccomp_filter"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SeccompFilter: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SeccompFilter>) {
    seccomp_filter__init(c)
  }

  init(reading c: UnsafePointer<CImages.SeccompFilter>) {
    filter = Read.bytes(c.pointee.filter)
    if c.pointee.has_prev != 0 { prev = c.pointee.prev }
    if c.pointee.has_flags != 0 { flags = c.pointee.flags }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SeccompFilter>, _ arena: Arena) {
    c.pointee.filter = arena.bytes(filter)
    if let value = prev {
      c.pointee.has_prev = 1
      c.pointee.prev = value
    }
    if let value = flags {
      c.pointee.has_flags = 1
      c.pointee.flags = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// seccomp.img: one record
public struct SeccompEntry: ImageMessage {
  /// all chains of all threads
  public var seccompFilters: [SeccompFilter] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "seccomp_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension SeccompEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.SeccompEntry>) {
    seccomp_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.SeccompEntry>) {
    seccompFilters = Read.messages(c.pointee.seccomp_filters, c.pointee.n_seccomp_filters)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.SeccompEntry>, _ arena: Arena) {
    (c.pointee.seccomp_filters, c.pointee.n_seccomp_filters) = arena.messages(seccompFilters)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
