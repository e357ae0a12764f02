// Written by imagegen from proto/fown.proto: change that and run `make images`.

internal import CImages
public import Linux

/// fown_entry
public struct FownEntry: ImageMessage {
  /// F_GETOWNER_UIDS; all fields but signum are 0 when no owner is set
  public var uid: UInt32 = 0
  public var euid: UInt32 = 0
  public var signum: UInt32 = 0
  /// 0 F_OWNER_TID, 1 F_OWNER_PID, 2 F_OWNER_PGRP
  public var pidType: UInt32 = 0
  /// F_GETOWN_EX pid, virtual; 0 = none
  public var pid: UInt32 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "fown_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension FownEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.FownEntry>) {
    fown_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.FownEntry>) {
    uid = c.pointee.uid
    euid = c.pointee.euid
    signum = c.pointee.signum
    pidType = c.pointee.pid_type
    pid = c.pointee.pid
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.FownEntry>, _ arena: Arena) {
    c.pointee.uid = uid
    c.pointee.euid = euid
    c.pointee.signum = signum
    c.pointee.pid_type = pidType
    c.pointee.pid = pid
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
