// Written by imagegen from proto/autofs.proto: change that and run `make images`.

internal import CImages
public import Linux

/// autofs-<s_dev>.img: one record
public struct AutofsEntry: ImageMessage {
  /// pipe write end fd number from the mount option fd=; -1 = catatonic mount (no daemon)
  public var fd: Int32 = 0
  /// virtual process group of the daemon (option pgrp=), restored by the task with that pid
  public var pgrp: Int32 = 0
  /// seconds, option timeout=
  public var timeout: Int32 = 0
  /// option minproto=
  public var minproto: Int32 = 0
  /// option maxproto=
  public var maxproto: Int32 = 0
  /// 0 direct, 1 indirect, 2 offset
  public var mode: Int32 = 0
  /// option uid=, absent when the option is
  public var uid: Int32?
  /// option gid=, absent when the option is
  public var gid: Int32?
  /// fd number of the read end in the daemon; only written when the daemon no longer has the write end open
  public var readFd: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "autofs_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension AutofsEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.AutofsEntry>) {
    autofs_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.AutofsEntry>) {
    fd = c.pointee.fd
    pgrp = c.pointee.pgrp
    timeout = c.pointee.timeout
    minproto = c.pointee.minproto
    maxproto = c.pointee.maxproto
    mode = c.pointee.mode
    if c.pointee.has_uid != 0 { uid = c.pointee.uid }
    if c.pointee.has_gid != 0 { gid = c.pointee.gid }
    if c.pointee.has_read_fd != 0 { readFd = c.pointee.read_fd }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.AutofsEntry>, _ arena: Arena) {
    c.pointee.fd = fd
    c.pointee.pgrp = pgrp
    c.pointee.timeout = timeout
    c.pointee.minproto = minproto
    c.pointee.maxproto = maxproto
    c.pointee.mode = mode
    if let value = uid {
      c.pointee.has_uid = 1
      c.pointee.uid = value
    }
    if let value = gid {
      c.pointee.has_gid = 1
      c.pointee.gid = value
    }
    if let value = readFd {
      c.pointee.has_read_fd = 1
      c.pointee.read_fd = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
