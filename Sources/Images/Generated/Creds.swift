// Written by imagegen from proto/creds.proto: change that and run `make images`.

internal import CImages
public import Linux

/// in core.thread_core (old sets: creds-<pid>.img)
public struct CredsEntry: ImageMessage {
  /// getresuid in parasite; all ids are mapped into the user ns of the tree
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  public var euid: UInt32 = 0
  public var egid: UInt32 = 0
  public var suid: UInt32 = 0
  public var sgid: UInt32 = 0
  public var fsuid: UInt32 = 0
  public var fsgid: UInt32 = 0
  /// 2 words, capget
  public var capInh: [UInt32] = []
  /// 2 words
  public var capPrm: [UInt32] = []
  /// 2 words
  public var capEff: [UInt32] = []
  /// 2 words, PR_CAPBSET_READ
  public var capBnd: [UInt32] = []
  public var secbits: UInt32 = 0
  public var groups: [UInt32] = []
  /// /proc/TID/attr/current (or apparmor/current)
  public var lsmProfile: String?
  /// /proc/TID/attr/sockcreate; for every thread the value of the leader is stored
  public var lsmSockcreate: String?
  /// unused by 4.2
  public var apparmorData: [UInt8]?
  /// PR_GET_NO_NEW_PRIVS; written only when 1
  public var noNewPrivs: UInt32?
  /// 2 words, PR_CAP_AMBIENT_IS_SET
  public var capAmb: [UInt32] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "creds_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension CredsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.CredsEntry>) {
    creds_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.CredsEntry>) {
    uid = c.pointee.uid
    gid = c.pointee.gid
    euid = c.pointee.euid
    egid = c.pointee.egid
    suid = c.pointee.suid
    sgid = c.pointee.sgid
    fsuid = c.pointee.fsuid
    fsgid = c.pointee.fsgid
    capInh = Read.values(c.pointee.cap_inh, c.pointee.n_cap_inh)
    capPrm = Read.values(c.pointee.cap_prm, c.pointee.n_cap_prm)
    capEff = Read.values(c.pointee.cap_eff, c.pointee.n_cap_eff)
    capBnd = Read.values(c.pointee.cap_bnd, c.pointee.n_cap_bnd)
    secbits = c.pointee.secbits
    groups = Read.values(c.pointee.groups, c.pointee.n_groups)
    lsmProfile = c.pointee.lsm_profile.map(Read.text)
    lsmSockcreate = c.pointee.lsm_sockcreate.map(Read.text)
    if c.pointee.has_apparmor_data != 0 { apparmorData = Read.bytes(c.pointee.apparmor_data) }
    if c.pointee.has_no_new_privs != 0 { noNewPrivs = c.pointee.no_new_privs }
    capAmb = Read.values(c.pointee.cap_amb, c.pointee.n_cap_amb)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.CredsEntry>, _ arena: Arena) {
    c.pointee.uid = uid
    c.pointee.gid = gid
    c.pointee.euid = euid
    c.pointee.egid = egid
    c.pointee.suid = suid
    c.pointee.sgid = sgid
    c.pointee.fsuid = fsuid
    c.pointee.fsgid = fsgid
    (c.pointee.cap_inh, c.pointee.n_cap_inh) = arena.values(capInh)
    (c.pointee.cap_prm, c.pointee.n_cap_prm) = arena.values(capPrm)
    (c.pointee.cap_eff, c.pointee.n_cap_eff) = arena.values(capEff)
    (c.pointee.cap_bnd, c.pointee.n_cap_bnd) = arena.values(capBnd)
    c.pointee.secbits = secbits
    (c.pointee.groups, c.pointee.n_groups) = arena.values(groups)
    c.pointee.lsm_profile = lsmProfile.map(arena.text)
    c.pointee.lsm_sockcreate = lsmSockcreate.map(arena.text)
    if let value = apparmorData {
      c.pointee.has_apparmor_data = 1
      c.pointee.apparmor_data = arena.bytes(value)
    }
    if let value = noNewPrivs {
      c.pointee.has_no_new_privs = 1
      c.pointee.no_new_privs = value
    }
    (c.pointee.cap_amb, c.pointee.n_cap_amb) = arena.values(capAmb)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
