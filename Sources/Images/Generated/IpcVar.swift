// Written by imagegen from proto/ipc-var.proto: change that and run `make images`.

internal import CImages
public import Linux

/// ipcns-var-<ns>.img: one record
public struct IpcVarEntry: ImageMessage {
  /// kernel/sem: 4 values
  public var semCtls: [UInt32] = []
  public var msgCtlmax: UInt32 = 0
  public var msgCtlmnb: UInt32 = 0
  public var msgCtlmni: UInt32 = 0
  public var autoMsgmni: UInt32 = 0
  public var shmCtlmax: UInt64 = 0
  public var shmCtlall: UInt64 = 0
  public var shmCtlmni: UInt32 = 0
  public var shmRmidForced: UInt32 = 0
  public var mqQueuesMax: UInt32 = 0
  public var mqMsgMax: UInt32 = 0
  public var mqMsgsizeMax: UInt32 = 0
  public var mqMsgDefault: UInt32?
  public var mqMsgsizeDefault: UInt32?
  /// kernel/msg_next_id, omitted when -1
  public var msgNextId: UInt32?
  /// the same
  public var semNextId: UInt32?
  /// the same
  public var shmNextId: UInt32?
  public var unknownFields: [UnknownField] = []

  public static let name = "ipc_var_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension IpcVarEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.IpcVarEntry>) {
    ipc_var_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.IpcVarEntry>) {
    semCtls = Read.values(c.pointee.sem_ctls, c.pointee.n_sem_ctls)
    msgCtlmax = c.pointee.msg_ctlmax
    msgCtlmnb = c.pointee.msg_ctlmnb
    msgCtlmni = c.pointee.msg_ctlmni
    autoMsgmni = c.pointee.auto_msgmni
    shmCtlmax = c.pointee.shm_ctlmax
    shmCtlall = c.pointee.shm_ctlall
    shmCtlmni = c.pointee.shm_ctlmni
    shmRmidForced = c.pointee.shm_rmid_forced
    mqQueuesMax = c.pointee.mq_queues_max
    mqMsgMax = c.pointee.mq_msg_max
    mqMsgsizeMax = c.pointee.mq_msgsize_max
    if c.pointee.has_mq_msg_default != 0 { mqMsgDefault = c.pointee.mq_msg_default }
    if c.pointee.has_mq_msgsize_default != 0 { mqMsgsizeDefault = c.pointee.mq_msgsize_default }
    if c.pointee.has_msg_next_id != 0 { msgNextId = c.pointee.msg_next_id }
    if c.pointee.has_sem_next_id != 0 { semNextId = c.pointee.sem_next_id }
    if c.pointee.has_shm_next_id != 0 { shmNextId = c.pointee.shm_next_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.IpcVarEntry>, _ arena: Arena) {
    (c.pointee.sem_ctls, c.pointee.n_sem_ctls) = arena.values(semCtls)
    c.pointee.msg_ctlmax = msgCtlmax
    c.pointee.msg_ctlmnb = msgCtlmnb
    c.pointee.msg_ctlmni = msgCtlmni
    c.pointee.auto_msgmni = autoMsgmni
    c.pointee.shm_ctlmax = shmCtlmax
    c.pointee.shm_ctlall = shmCtlall
    c.pointee.shm_ctlmni = shmCtlmni
    c.pointee.shm_rmid_forced = shmRmidForced
    c.pointee.mq_queues_max = mqQueuesMax
    c.pointee.mq_msg_max = mqMsgMax
    c.pointee.mq_msgsize_max = mqMsgsizeMax
    if let value = mqMsgDefault {
      c.pointee.has_mq_msg_default = 1
      c.pointee.mq_msg_default = value
    }
    if let value = mqMsgsizeDefault {
      c.pointee.has_mq_msgsize_default = 1
      c.pointee.mq_msgsize_default = value
    }
    if let value = msgNextId {
      c.pointee.has_msg_next_id = 1
      c.pointee.msg_next_id = value
    }
    if let value = semNextId {
      c.pointee.has_sem_next_id = 1
      c.pointee.sem_next_id = value
    }
    if let value = shmNextId {
      c.pointee.has_shm_next_id = 1
      c.pointee.shm_next_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
