// Written by imagegen from proto/img-streamer.proto: change that and run `make images`.

internal import CImages
public import Linux

/// streamer socket
public struct ImgStreamerRequestEntry: ImageMessage {
  /// base name of the image; ours: empty for the next one, whatever it is
  public var filename: String = ""
  /// ours: any of these will do as well, whichever comes first
  public var otherFilenames: [String] = []
  /// ours: this image and all that are asked for after it are of the bulk
  public var onlyBulkFollows: Bool?
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
    otherFilenames = Read.texts(c.pointee.other_filenames, c.pointee.n_other_filenames)
    if c.pointee.has_only_bulk_follows != 0 { onlyBulkFollows = c.pointee.only_bulk_follows != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ImgStreamerRequestEntry>, _ arena: Arena) {
    c.pointee.filename = arena.text(filename)
    (c.pointee.other_filenames, c.pointee.n_other_filenames) = arena.texts(otherFilenames)
    if let value = onlyBulkFollows {
      c.pointee.has_only_bulk_follows = 1
      c.pointee.only_bulk_follows = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// streamer socket
public struct ImgStreamerReplyEntry: ImageMessage {
  /// image is there
  public var exists: Bool = false
  /// ours: it is this one of other_filenames, counted from 1
  public var other: UInt32?
  /// ours: the image that comes next; empty at the end of the stream
  public var next: String?
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
    if c.pointee.has_other != 0 { other = c.pointee.other }
    next = c.pointee.next.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ImgStreamerReplyEntry>, _ arena: Arena) {
    c.pointee.exists = exists ? 1 : 0
    if let value = other {
      c.pointee.has_other = 1
      c.pointee.other = value
    }
    c.pointee.next = next.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
