// Written by imagegen from proto/timerfd.proto: change that and run `make images`.

internal import CImages
public import Linux

/// timerfd_entry
public struct TimerfdEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// fdinfo clock id
  public var clockid: UInt32 = 0
  /// fdinfo ticks: expirations not yet read
  public var ticks: UInt64 = 0
  /// fdinfo, octal there: 1 ABSTIME, 2 CANCEL_ON_SET
  public var settimeFlags: UInt32 = 0
  /// it_value s, time left
  public var vsec: UInt64 = 0
  /// it_value ns
  public var vnsec: UInt64 = 0
  /// it_interval s
  public var isec: UInt64 = 0
  /// it_interval ns
  public var insec: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "timerfd_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TimerfdEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TimerfdEntry>) {
    timerfd_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TimerfdEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    clockid = c.pointee.clockid
    ticks = c.pointee.ticks
    settimeFlags = c.pointee.settime_flags
    vsec = c.pointee.vsec
    vnsec = c.pointee.vnsec
    isec = c.pointee.isec
    insec = c.pointee.insec
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TimerfdEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    c.pointee.clockid = clockid
    c.pointee.ticks = ticks
    c.pointee.settime_flags = settimeFlags
    c.pointee.vsec = vsec
    c.pointee.vnsec = vnsec
    c.pointee.isec = isec
    c.pointee.insec = insec
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
