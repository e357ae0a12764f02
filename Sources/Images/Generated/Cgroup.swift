// Written by imagegen from proto/cgroup.proto: change that and run `make images`.

internal import CImages
public import Linux

/// cgroup_perms
public struct CgroupPerms: ImageMessage {
  /// st_mode bits given to chmod
  public var mode: UInt32 = 0
  /// owner (mapped into the userns)
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "cgroup_perms"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgroupPerms: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgroupPerms>) {
    cgroup_perms__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgroupPerms>) {
    mode = c.pointee.mode
    uid = c.pointee.uid
    gid = c.pointee.gid
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgroupPerms>, _ arena: Arena) {
    c.pointee.mode = mode
    c.pointee.uid = uid
    c.pointee.gid = gid
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cgroup_prop_entry
public struct CgroupPropEntry: ImageMessage {
  /// file name
  public var name: String = ""
  public var value: String = ""
  /// mode, owner
  @Boxed public var perms: CgroupPerms?
  public var unknownFields: [UnknownField] = []

  public static let name = "cgroup_prop_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgroupPropEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgroupPropEntry>) {
    cgroup_prop_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgroupPropEntry>) {
    name = Read.text(c.pointee.name)
    value = Read.text(c.pointee.value)
    perms = c.pointee.perms.map { CgroupPerms(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgroupPropEntry>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    c.pointee.value = arena.text(value)
    c.pointee.perms = perms.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cgroup_dir_entry
public struct CgroupDirEntry: ImageMessage {
  /// path of the dir (relative to its parent except the first)
  public var dirName: String = ""
  /// nested dirs
  public var children: [CgroupDirEntry] = []
  /// file values
  public var properties: [CgroupPropEntry] = []
  /// mode, owner
  @Boxed public var dirPerms: CgroupPerms?
  public var unknownFields: [UnknownField] = []

  public static let name = "cgroup_dir_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgroupDirEntry: BridgedMessage {
  static let nests = true

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgroupDirEntry>) {
    cgroup_dir_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgroupDirEntry>) {
    dirName = Read.text(c.pointee.dir_name)
    children = Read.messages(c.pointee.children, c.pointee.n_children)
    properties = Read.messages(c.pointee.properties, c.pointee.n_properties)
    dirPerms = c.pointee.dir_perms.map { CgroupPerms(reading: $0) }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgroupDirEntry>, _ arena: Arena) {
    c.pointee.dir_name = arena.text(dirName)
    (c.pointee.children, c.pointee.n_children) = arena.messages(children)
    (c.pointee.properties, c.pointee.n_properties) = arena.messages(properties)
    c.pointee.dir_perms = dirPerms.map(arena.message)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cg_controller_entry
public struct CgControllerEntry: ImageMessage {
  /// controller names; "" alone = cgroup2; name=X for named
  public var cnames: [String] = []
  public var dirs: [CgroupDirEntry] = []
  /// cgroup2 threaded subtree
  public var isThreaded: Bool?
  public var unknownFields: [UnknownField] = []

  public static let name = "cg_controller_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgControllerEntry: BridgedMessage {
  static let nests = true

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgControllerEntry>) {
    cg_controller_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgControllerEntry>) {
    cnames = Read.texts(c.pointee.cnames, c.pointee.n_cnames)
    dirs = Read.messages(c.pointee.dirs, c.pointee.n_dirs)
    if c.pointee.has_is_threaded != 0 { isThreaded = c.pointee.is_threaded != 0 }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgControllerEntry>, _ arena: Arena) {
    (c.pointee.cnames, c.pointee.n_cnames) = arena.texts(cnames)
    (c.pointee.dirs, c.pointee.n_dirs) = arena.messages(dirs)
    if let value = isThreaded {
      c.pointee.has_is_threaded = 1
      c.pointee.is_threaded = value ? 1 : 0
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cg_member_entry
public struct CgMemberEntry: ImageMessage {
  /// controller or name=
  public var name: String = ""
  /// path in hierarchy
  public var path: String = ""
  /// length of the path part outside the cgroup ns
  public var cgnsPrefix: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "cg_member_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgMemberEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgMemberEntry>) {
    cg_member_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgMemberEntry>) {
    name = Read.text(c.pointee.name)
    path = Read.text(c.pointee.path)
    if c.pointee.has_cgns_prefix != 0 { cgnsPrefix = c.pointee.cgns_prefix }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgMemberEntry>, _ arena: Arena) {
    c.pointee.name = arena.text(name)
    c.pointee.path = arena.text(path)
    if let value = cgnsPrefix {
      c.pointee.has_cgns_prefix = 1
      c.pointee.cgns_prefix = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cg_set_entry
public struct CgSetEntry: ImageMessage {
  /// 1-based counter over all sets met; the set of criu itself (inventory.root_cg_set, 1 in practice) is
  /// never stored, so files usually begin with id 2; a thread whose cg_set equals root_cg_set is not moved.
  /// If there is no other set, cgroup.img is not written
  public var id: UInt32 = 0
  /// sorted by name
  public var ctls: [CgMemberEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "cg_set_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgSetEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgSetEntry>) {
    cg_set_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgSetEntry>) {
    id = c.pointee.id
    ctls = Read.messages(c.pointee.ctls, c.pointee.n_ctls)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgSetEntry>, _ arena: Arena) {
    c.pointee.id = id
    (c.pointee.ctls, c.pointee.n_ctls) = arena.messages(ctls)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// cgroup.img: one record
public struct CgroupEntry: ImageMessage {
  /// sets of memberships
  public var sets: [CgSetEntry] = []
  /// hierarchies with dirs and props
  public var controllers: [CgControllerEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "cgroup_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CgroupEntry: BridgedMessage {
  static let nests = true

  static func initialize(_ c: UnsafeMutablePointer<CImages.CgroupEntry>) {
    cgroup_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CgroupEntry>) {
    sets = Read.messages(c.pointee.sets, c.pointee.n_sets)
    controllers = Read.messages(c.pointee.controllers, c.pointee.n_controllers)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CgroupEntry>, _ arena: Arena) {
    (c.pointee.sets, c.pointee.n_sets) = arena.messages(sets)
    (c.pointee.controllers, c.pointee.n_controllers) = arena.messages(controllers)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
