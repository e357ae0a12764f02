internal import CParasite
internal import Images

extension CredsEntry {
  init(_ credentials: state_credentials, groups: [UInt32]) {
    self.init()
    uid = credentials.uid
    gid = credentials.gid
    euid = credentials.euid
    egid = credentials.egid
    suid = credentials.suid
    sgid = credentials.sgid
    fsuid = credentials.fsuid
    fsgid = credentials.fsgid
    capInh = credentials.inheritable.halves
    capPrm = credentials.permitted.halves
    capEff = credentials.effective.halves
    capBnd = credentials.bounding.halves
    capAmb = credentials.ambient.halves
    secbits = credentials.securebits
    noNewPrivs = credentials.no_new_privileges == 0 ? nil : credentials.no_new_privileges
    self.groups = groups
  }

  var credentials: state_credentials {
    state_credentials(
      uid: uid, euid: euid, suid: suid, fsuid: fsuid, gid: gid, egid: egid, sgid: sgid, fsgid: fsgid,
      securebits: secbits, no_new_privileges: noNewPrivs ?? 0, inheritable: UInt64(halves: capInh),
      permitted: UInt64(halves: capPrm), effective: UInt64(halves: capEff), bounding: UInt64(halves: capBnd),
      ambient: UInt64(halves: capAmb))
  }
}

extension UInt64 {
  /// The image's form of a capability set: the low word first.
  var halves: [UInt32] { [UInt32(truncatingIfNeeded: self), UInt32(truncatingIfNeeded: self >> 32)] }

  /// Missing words are zero: older sets have one, or none for the ambient set.
  init(halves: [UInt32]) {
    self = halves.prefix(2).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(32 * $1.offset) }
  }
}
