// Written by imagegen from proto/eventpoll.proto: change that and run `make images`.

internal import CImages
public import Linux

/// eventpoll_tfd_entry
public struct EventpollTfdEntry: ImageMessage {
  /// 0 when embedded in eventpoll_file_entry (all 4.2 sets); epoll file id in old eventpoll-tfd.img
  public var id: UInt32 = 0
  /// target fd number in the task that owns the epoll fd. The number shown in fdinfo may be stale (target
  /// dup-ed and closed); then kcmp finds the real descriptor and that number is stored; a target held only
  /// by another task fails the dump
  public var tfd: UInt32 = 0
  /// fdinfo "events" (hex there)
  public var events: UInt32 = 0
  /// fdinfo "data" (hex there)
  public var data: UInt64 = 0
  /// fdinfo sdev (hex there)
  public var dev: UInt32?
  /// fdinfo ino (hex there)
  public var inode: UInt64?
  /// fdinfo pos
  public var pos: UInt64?
  public var unknownFields: [UnknownField] = []

  public static let name = "eventpoll_tfd_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension EventpollTfdEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.EventpollTfdEntry>) {
    eventpoll_tfd_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.EventpollTfdEntry>) {
    id = c.pointee.id
    tfd = c.pointee.tfd
    events = c.pointee.events
    data = c.pointee.data
    if c.pointee.has_dev != 0 { dev = c.pointee.dev }
    if c.pointee.has_inode != 0 { inode = c.pointee.inode }
    if c.pointee.has_pos != 0 { pos = c.pointee.pos }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.EventpollTfdEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.tfd = tfd
    c.pointee.events = events
    c.pointee.data = data
    if let value = dev {
      c.pointee.has_dev = 1
      c.pointee.dev = value
    }
    if let value = inode {
      c.pointee.has_inode = 1
      c.pointee.inode = value
    }
    if let value = pos {
      c.pointee.has_pos = 1
      c.pointee.pos = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// eventpoll_file_entry
public struct EventpollFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// targets; since 3.x kept here, not in eventpoll-tfd.img
  public var tfd: [EventpollTfdEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "eventpoll_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension EventpollFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.EventpollFileEntry>) {
    eventpoll_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.EventpollFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    tfd = Read.messages(c.pointee.tfd, c.pointee.n_tfd)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.EventpollFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    (c.pointee.tfd, c.pointee.n_tfd) = arena.messages(tfd)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
