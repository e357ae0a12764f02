// Written by imagegen from proto/img-streamer.proto: change that and run `make images`.

internal import CImages
public import Linux

/// streamer socket
public struct ImgStreamerRequestEntry: ImageMessage {
  /// base name of the image
  public var filename: String = ""
  public var unknownFields: [UnknownField] = []

  public static let name = "img_streamer_request_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ImgStreamerRequestEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ImgStreamerRequestEntry>) {
    img_streamer_request_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ImgStreamerRequestEntry>) {
    filename = Read.text(c.pointee.filename)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ImgStreamerRequestEntry>, _ arena: Arena) {
    c.pointee.filename = arena.text(filename)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// streamer socket
public struct ImgStreamerReplyEntry: ImageMessage {
  /// image is there
  public var exists: Bool = false
  public var unknownFields: [UnknownField] = []

  public static let name = "img_streamer_reply_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ImgStreamerReplyEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ImgStreamerReplyEntry>) {
    img_streamer_reply_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ImgStreamerReplyEntry>) {
    exists = c.pointee.exists != 0
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ImgStreamerReplyEntry>, _ arena: Arena) {
    c.pointee.exists = exists ? 1 : 0
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
