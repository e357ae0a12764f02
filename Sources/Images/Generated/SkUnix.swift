// Written by imagegen from proto/sk-unix.proto: change that and run `make images`.

internal import CImages
public import Linux

/// file_perms_entry
public struct FilePermsEntry: ImageMessage {
  /// full st_mode with type (0140755)
  public var mode: UInt32 = 0
  /// owner, mapped into the userns
  public var uid: UInt32 = 0
  /// group, mapped
  public var gid: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "file_perms_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FilePermsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FilePermsEntry>) {
    file_perms_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FilePermsEntry>) {
    mode = c.pointee.mode
    uid = c.pointee.uid
    gid = c.pointee.gid
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FilePermsEntry>, _ arena: Arena) {
    c.pointee.mode = mode
    c.pointee.uid = uid
    c.pointee.gid = gid
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// unix_sk_entry
public struct UnixSkEntry: ImageMessage {
  /// file id
  public var id: UInt32 = 0
  /// socket inode (unix_diag)
  public var ino: UInt32 = 0
  public var type: UInt32 = 0
  /// TCP_ESTABLISHED 1, CLOSE 7, LISTEN 10 (unix_diag)
  public var state: UInt32 = 0
  public var flags: UInt32 = 0
  /// 1 extern, 2 service (criu RPC peer), 4 callback(plugin), 8 inherit
  public var uflags: UInt32 = 0
  /// udiag_wqueue: maximum backlog for a listening socket; else bytes in the write queue, ignore
  public var backlog: UInt32 = 0
  /// inode of the peer or 0; a connection still in the accept queue (state 1) has the inode of the
  /// LISTENING socket here
  public var peer: UInt32 = 0
  /// async owner (F_SETOWN/F_SETSIG)
  public var fown: FownEntry = FownEntry()
  /// socket options
  public var opts: SkOptsEntry = SkOptsEntry()
  /// sun_path bytes: empty = unnamed; abstract names start with 0; path names include the final 0 byte;
  /// relative paths stay relative (see name_dir)
  public var name: [UInt8] = []
  /// unix_diag UDIAG_SHUTDOWN; only when nonzero
  public var shutdown: SkShutdown?
  /// mode/uid/gid of a bound path; only for path names
  @Boxed public var filePerms: FilePermsEntry?
  /// directory a relative name was bound in
  public var nameDir: String?
  /// node was unlinked; only when true
  public var deleted: Bool?
  /// net ns id, always written
  public var nsId: UInt32?
  /// mount where the node lives; absent when not in a dumped mount ns
  public var mntId: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "unix_sk_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension UnixSkEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.UnixSkEntry>) {
    unix_sk_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.UnixSkEntry>) {
    id = c.pointee.id
    ino = c.pointee.ino
    type = c.pointee.type
    state = c.pointee.state
    flags = c.pointee.flags
    uflags = c.pointee.uflags
    backlog = c.pointee.backlog
    peer = c.pointee.peer
    fown = FownEntry(reading: c.pointee.fown)
    opts = SkOptsEntry(reading: c.pointee.opts)
    name = Read.bytes(c.pointee.name)
    if c.pointee.has_shutdown != 0 { shutdown = SkShutdown(rawValue: c.pointee.shutdown.rawValue) }
    filePerms = c.pointee.file_perms.map { FilePermsEntry(reading: $0) }
    nameDir = c.pointee.name_dir.map(Read.text)
    if c.pointee.has_deleted != 0 { deleted = c.pointee.deleted != 0 }
    if c.pointee.has_ns_id != 0 { nsId = c.pointee.ns_id }
    if c.pointee.has_mnt_id != 0 { mntId = c.pointee.mnt_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.UnixSkEntry>, _ arena: Arena) {
    c.pointee.id = id
    c.pointee.ino = ino
    c.pointee.type = type
    c.pointee.state = state
    c.pointee.flags = flags
    c.pointee.uflags = uflags
    c.pointee.backlog = backlog
    c.pointee.peer = peer
    c.pointee.fown = arena.message(fown)
    c.pointee.opts = arena.message(opts)
    c.pointee.name = arena.bytes(name)
    if let value = shutdown {
      c.pointee.has_shutdown = 1
      c.pointee.shutdown = CImages.SkShutdown(value.rawValue)
    }
    c.pointee.file_perms = filePerms.map(arena.message)
    c.pointee.name_dir = nameDir.map(arena.text)
    if let value = deleted {
      c.pointee.has_deleted = 1
      c.pointee.deleted = value ? 1 : 0
    }
    if let value = nsId {
      c.pointee.has_ns_id = 1
      c.pointee.ns_id = value
    }
    if let value = mntId {
      c.pointee.has_mnt_id = 1
      c.pointee.mnt_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
