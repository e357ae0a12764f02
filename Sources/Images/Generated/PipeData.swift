// Written by imagegen from proto/pipe-data.proto: change that and run `make images`.

internal import CImages
public import Linux

/// pipes-data.img, fifo-data.img (n + raw)
public struct PipeDataEntry: ImageMessage {
  /// pipe inode
  public var pipeId: UInt32 = 0
  /// length of raw data that follows; may be 0: one record per pipe whose read end was seen
  public var bytes: UInt32 = 0
  /// F_GETPIPE_SZ; set with F_SETPIPE_SZ
  public var size: UInt32?
  /// our own, which other programs pass over: lengths of the packets that the bytes are, in order; none: no packets
  public var packets: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "pipe_data_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PipeDataEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PipeDataEntry>) {
    pipe_data_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PipeDataEntry>) {
    pipeId = c.pointee.pipe_id
    bytes = c.pointee.bytes
    if c.pointee.has_size != 0 { size = c.pointee.size }
    packets = Read.values(c.pointee.packets, c.pointee.n_packets)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PipeDataEntry>, _ arena: Arena) {
    c.pointee.pipe_id = pipeId
    c.pointee.bytes = bytes
    if let value = size {
      c.pointee.has_size = 1
      c.pointee.size = value
    }
    (c.pointee.packets, c.pointee.n_packets) = arena.values(packets)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
