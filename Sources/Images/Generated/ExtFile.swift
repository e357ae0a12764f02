// Written by imagegen from proto/ext-file.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ext_file_entry
public struct ExtFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  public var unknownFields: [UnknownField] = []

  public static let name = "ext_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ExtFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ExtFileEntry>) {
    ext_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ExtFileEntry>) {
    id = c.pointee.id
    fown = FownEntry(reading: c.pointee.fown)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ExtFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.fown = arena.message(fown)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
