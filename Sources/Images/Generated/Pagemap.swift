// Written by imagegen from proto/pagemap.proto: change that and run `make images`.

internal import CImages
public import Linux

/// first record of pagemap-*.img
public struct PagemapHead: ImageMessage {
  /// number in pages-<id>.img
  public var pagesId: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "pagemap_head"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PagemapHead: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PagemapHead>) {
    pagemap_head__init(c)
  }

  init(reading c: UnsafePointer<CImages.PagemapHead>) {
    pagesId = c.pointee.pages_id
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PagemapHead>, _ arena: Arena) {
    c.pointee.pages_id = pagesId
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// following records of pagemap-*.img
public struct PagemapEntry: ImageMessage {
  /// address (task) or byte offset (shmem)
  public var vaddr: UInt64 = 0
  /// required; 4.2 writes 0, older images carry the count here
  public var compatNrPages: UInt32 = 0
  /// legacy form of the PARENT flag
  public var inParent: Bool?
  /// 1 PARENT, 2 LAZY, 4 PRESENT
  public var flags: UInt32?
  /// number of 4096-byte pages
  public var nrPages: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "pagemap_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PagemapEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PagemapEntry>) {
    pagemap_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PagemapEntry>) {
    vaddr = c.pointee.vaddr
    compatNrPages = c.pointee.compat_nr_pages
    if c.pointee.has_in_parent != 0 { inParent = c.pointee.in_parent != 0 }
    if c.pointee.has_flags != 0 { flags = c.pointee.flags }
    if c.pointee.has_nr_pages != 0 { nrPages = c.pointee.nr_pages }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PagemapEntry>, _ arena: Arena) {
    c.pointee.vaddr = vaddr
    c.pointee.compat_nr_pages = compatNrPages
    if let value = inParent {
      c.pointee.has_in_parent = 1
      c.pointee.in_parent = value ? 1 : 0
    }
    if let value = flags {
      c.pointee.has_flags = 1
      c.pointee.flags = value
    }
    if let value = nrPages {
      c.pointee.has_nr_pages = 1
      c.pointee.nr_pages = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
