// Written by imagegen from proto/pipe.proto: change that and run `make images`.

internal import CImages
public import Linux

/// pipe_entry
public struct PipeEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// pipe inode number
  public var pipeId: UInt32 = 0
  /// F_GETFL without O_DIRECT; O_WRONLY decides the end
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// our own, which other programs pass over: O_DIRECT, so that each write is a packet
  public var packets: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "pipe_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PipeEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PipeEntry>) {
    pipe_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PipeEntry>) {
    id = c.pointee.id
    pipeId = c.pointee.pipe_id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    if c.pointee.has_packets != 0 { packets = c.pointee.packets != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PipeEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.pipe_id = pipeId
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    if let value = packets {
      c.pointee.has_packets = 1
      c.pointee.packets = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
