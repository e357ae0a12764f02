// Written by imagegen from proto/fsnotify.proto: change that and run `make images`.

internal import CImages
public import Linux

/// mark_type: a value that this version does not know stays what it is.
public struct MarkType: ImageEnumeration {
  public let rawValue: UInt32
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let inode = Self(rawValue: 1)
  public static let mount = Self(rawValue: 2)

  public static let names: [UInt32: String] = [
    1: "INODE",
    2: "MOUNT",
  ]
}

/// inotify_wd_entry
public struct InotifyWdEntry: ImageMessage {
  /// 0 when embedded in inotify_file_entry (all 4.2 sets); file id in old inotify-wd.img
  public var id: UInt32 = 0
  /// fdinfo ino
  public var iIno: UInt64 = 0
  /// fdinfo mask (hex)
  public var mask: UInt32 = 0
  /// fdinfo ignored_mask
  public var ignoredMask: UInt32 = 0
  /// fdinfo sdev
  public var sDev: UInt32 = 0
  /// watch descriptor (hex in fdinfo); restore repeats inotify_add_watch until it gets this number
  public var wd: UInt32 = 0
  /// fdinfo fhandle
  public var fHandle: FhEntry = FhEntry()
  public var unknownFields: [UnknownField] = []

  public static let name = "inotify_wd_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension InotifyWdEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.InotifyWdEntry>) {
    inotify_wd_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.InotifyWdEntry>) {
    id = c.pointee.id
    iIno = c.pointee.i_ino
    mask = c.pointee.mask
    ignoredMask = c.pointee.ignored_mask
    sDev = c.pointee.s_dev
    wd = c.pointee.wd
    fHandle = FhEntry(reading: c.pointee.f_handle)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.InotifyWdEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.i_ino = iIno
    c.pointee.mask = mask
    c.pointee.ignored_mask = ignoredMask
    c.pointee.s_dev = sDev
    c.pointee.wd = wd
    c.pointee.f_handle = arena.message(fHandle)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// inotify_file_entry
public struct InotifyFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// watches in fdinfo order; pending events are dropped
  public var wd: [InotifyWdEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "inotify_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension InotifyFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.InotifyFileEntry>) {
    inotify_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.InotifyFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    wd = Read.messages(c.pointee.wd, c.pointee.n_wd)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.InotifyFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    (c.pointee.wd, c.pointee.n_wd) = arena.messages(wd)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// fanotify_inode_mark_entry
public struct FanotifyInodeMarkEntry: ImageMessage {
  public var iIno: UInt64 = 0
  public var fHandle: FhEntry = FhEntry()
  public var unknownFields: [UnknownField] = []

  public static let name = "fanotify_inode_mark_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FanotifyInodeMarkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FanotifyInodeMarkEntry>) {
    fanotify_inode_mark_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FanotifyInodeMarkEntry>) {
    iIno = c.pointee.i_ino
    fHandle = FhEntry(reading: c.pointee.f_handle)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FanotifyInodeMarkEntry>, _ arena: Arena) {
    c.pointee.i_ino = iIno
    c.pointee.f_handle = arena.message(fHandle)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// fanotify_mount_mark_entry
public struct FanotifyMountMarkEntry: ImageMessage {
  /// mount id
  public var mntId: UInt32 = 0
  public var path: String?
  public var unknownFields: [UnknownField] = []

  public static let name = "fanotify_mount_mark_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FanotifyMountMarkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FanotifyMountMarkEntry>) {
    fanotify_mount_mark_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FanotifyMountMarkEntry>) {
    mntId = c.pointee.mnt_id
    path = c.pointee.path.map(Read.text)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FanotifyMountMarkEntry>, _ arena: Arena) {
    c.pointee.mnt_id = mntId
    c.pointee.path = path.map(arena.text)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// fanotify_mark_entry
public struct FanotifyMarkEntry: ImageMessage {
  /// 0 when embedded in fanotify_file_entry (all 4.2 sets); file id in old fanotify-mark.img
  public var id: UInt32 = 0
  /// INODE or MOUNT
  public var type: MarkType = MarkType(rawValue: 0)
  /// fdinfo mflags
  public var mflags: UInt32 = 0
  /// fdinfo mask (hex)
  public var mask: UInt32 = 0
  /// fdinfo ignored_mask (hex)
  public var ignoredMask: UInt32 = 0
  /// fdinfo sdev; inode marks: fdinfo; mount marks: device of the mount
  public var sDev: UInt32 = 0
  /// inode mark
  @Boxed public var ie: FanotifyInodeMarkEntry?
  /// mount mark
  @Boxed public var me: FanotifyMountMarkEntry?
  public var unknownFields: [UnknownField] = []

  public static let name = "fanotify_mark_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FanotifyMarkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FanotifyMarkEntry>) {
    fanotify_mark_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FanotifyMarkEntry>) {
    id = c.pointee.id
    type = MarkType(rawValue: c.pointee.type.rawValue)
    mflags = c.pointee.mflags
    mask = c.pointee.mask
    ignoredMask = c.pointee.ignored_mask
    sDev = c.pointee.s_dev
    ie = c.pointee.ie.map { FanotifyInodeMarkEntry(reading: $0) }
    me = c.pointee.me.map { FanotifyMountMarkEntry(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FanotifyMarkEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.type = CImages.MarkType(type.rawValue)
    c.pointee.mflags = mflags
    c.pointee.mask = mask
    c.pointee.ignored_mask = ignoredMask
    c.pointee.s_dev = sDev
    c.pointee.ie = ie.map(arena.message)
    c.pointee.me = me.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// fanotify_file_entry
public struct FanotifyFileEntry: ImageMessage {
  /// file id, equal to file_entry.id
  public var id: UInt32 = 0
  /// F_GETFL flags
  public var flags: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// fdinfo flags
  public var faflags: UInt32 = 0
  /// fdinfo event-flags
  public var evflags: UInt32 = 0
  /// marks in fdinfo order; pending events are dropped
  public var mark: [FanotifyMarkEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "fanotify_file_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FanotifyFileEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FanotifyFileEntry>) {
    fanotify_file_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FanotifyFileEntry>) {
    id = c.pointee.id
    flags = c.pointee.flags
    fown = FownEntry(reading: c.pointee.fown)
    faflags = c.pointee.faflags
    evflags = c.pointee.evflags
    mark = Read.messages(c.pointee.mark, c.pointee.n_mark)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FanotifyFileEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.flags = flags
    c.pointee.fown = arena.message(fown)
    c.pointee.faflags = faflags
    c.pointee.evflags = evflags
    (c.pointee.mark, c.pointee.n_mark) = arena.messages(mark)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
