// Written by imagegen from proto/pidfd.proto: change that and run `make images`.

internal import CImages
public import Linux

/// pidfd_entry
public struct PidfdEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// inode of the pidfd (pidfs); equal for all pidfds of one process, ties pidfds of one dead process
  /// together
  public var ino: UInt32 = 0
  /// fdinfo flags without O_RDWR (PIDFD_NONBLOCK 0x800); PIDFD_THREAD 0x80 is refused at dump
  public var flags: UInt32 = 0
  /// last number of NSpid in fdinfo (pid in the innermost ns), -1 when the process is dead or reaped; a
  /// live one must be in the dumped tree
  public var nspid: Int32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  public var unknownFields: [UnknownField] = []

  public static let name = "pidfd_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PidfdEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PidfdEntry>) {
    pidfd_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PidfdEntry>) {
    id = c.pointee.id
    ino = c.pointee.ino
    flags = c.pointee.flags
    nspid = c.pointee.nspid
    fown = FownEntry(reading: c.pointee.fown)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PidfdEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.ino = ino
    c.pointee.flags = flags
    c.pointee.nspid = nspid
    c.pointee.fown = arena.message(fown)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
