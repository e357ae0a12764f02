// Written by imagegen from proto/fifo.proto: change that and run `make images`.

internal import CImages
public import Linux

/// fifo_entry
public struct FifoEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// inode of the fifo
  public var pipeId: UInt32 = 0
  /// file_entry id of the fifo node as reg file
  public var regfId: UInt32?
  /// our own, which other programs pass over: O_DIRECT, so that each write is a packet
  public var packets: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "fifo_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FifoEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FifoEntry>) {
    fifo_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FifoEntry>) {
    id = c.pointee.id
    pipeId = c.pointee.pipe_id
    if c.pointee.has_regf_id != 0 { regfId = c.pointee.regf_id }
    if c.pointee.has_packets != 0 { packets = c.pointee.packets != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FifoEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.pipe_id = pipeId
    if let value = regfId {
      c.pointee.has_regf_id = 1
      c.pointee.regf_id = value
    }
    if let value = packets {
      c.pointee.has_packets = 1
      c.pointee.packets = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
