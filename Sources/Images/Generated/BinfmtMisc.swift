// Written by imagegen from proto/binfmt-misc.proto: change that and run `make images`.

internal import CImages
public import Linux

/// binfmt-misc.img: any number of records
public struct BinfmtMiscEntry: ImageMessage {
  /// file name in binfmt_misc
  public var name: String = ""
  /// text enabled/disabled
  public var enabled: Bool = false
  public var interpreter: String = ""
  public var flags: String?
  /// for E type
  public var `extension`: String?
  /// hex text for M type
  public var magic: String?
  /// hex text
  public var mask: String?
  /// decimal; M type only
  public var offset: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "binfmt_misc_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension BinfmtMiscEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.BinfmtMiscEntry>) {
    binfmt_misc_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.BinfmtMiscEntry>) {
    name = Read.text(c.pointee.name)
    enabled = c.pointee.enabled != 0
    interpreter = Read.text(c.pointee.interpreter)
    flags = c.pointee.flags.map(Read.text)
    `extension` = c.pointee.extension.map(Read.text)
    magic = c.pointee.magic.map(Read.text)
    mask = c.pointee.mask.map(Read.text)
    if c.pointee.has_offset != 0 { offset = c.pointee.offset }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.BinfmtMiscEntry>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    c.pointee.enabled = enabled ? 1 : 0
    c.pointee.interpreter = arena.text(interpreter)
    c.pointee.flags = flags.map(arena.text)
    c.pointee.extension = `extension`.map(arena.text)
    c.pointee.magic = magic.map(arena.text)
    c.pointee.mask = mask.map(arena.text)
    if let value = offset {
      c.pointee.has_offset = 1
      c.pointee.offset = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
