// Written by imagegen from proto/timer.proto: change that and run `make images`.

internal import CImages
public import Linux

/// in core.tc.timers (old: itimers-<pid>.img)
public struct ItimerEntry: ImageMessage {
  /// interval s
  public var isec: UInt64 = 0
  /// interval us
  public var iusec: UInt64 = 0
  /// value s
  public var vsec: UInt64 = 0
  /// value us
  public var vusec: UInt64 = 0
  public var unknownFields: [UnknownField] = []

  public static let name = "itimer_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension ItimerEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.ItimerEntry>) {
    itimer_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.ItimerEntry>) {
    isec = c.pointee.isec
    iusec = c.pointee.iusec
    vsec = c.pointee.vsec
    vusec = c.pointee.vusec
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.ItimerEntry>, _ arena: Arena) {
    c.pointee.isec = isec
    c.pointee.iusec = iusec
    c.pointee.vsec = vsec
    c.pointee.vusec = vusec
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// in core.tc.timers (old: posix-timers-<pid>.img)
public struct PosixTimerEntry: ImageMessage {
  /// /proc/PID/timers ID
  public var itId: UInt32 = 0
  public var clockId: UInt32 = 0
  public var siSigno: UInt32 = 0
  /// SIGEV_*; 0 SIGNAL, 1 NONE, 2 THREAD, 4 or-ed THREAD_ID
  public var itSigevNotify: UInt32 = 0
  /// sigev value
  public var sivalPtr: UInt64 = 0
  public var overrun: UInt32 = 0
  /// timer_gettime; interval s
  public var isec: UInt64 = 0
  /// interval ns
  public var insec: UInt64 = 0
  /// value s
  public var vsec: UInt64 = 0
  /// value ns
  public var vnsec: UInt64 = 0
  /// tid of SIGEV_THREAD_ID
  public var notifyThreadId: Int32?
  public var unknownFields: [UnknownField] = []

  public static let name = "posix_timer_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension PosixTimerEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.PosixTimerEntry>) {
    posix_timer_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.PosixTimerEntry>) {
    itId = c.pointee.it_id
    clockId = c.pointee.clock_id
    siSigno = c.pointee.si_signo
    itSigevNotify = c.pointee.it_sigev_notify
    sivalPtr = c.pointee.sival_ptr
    overrun = c.pointee.overrun
    isec = c.pointee.isec
    insec = c.pointee.insec
    vsec = c.pointee.vsec
    vnsec = c.pointee.vnsec
    if c.pointee.has_notify_thread_id != 0 { notifyThreadId = c.pointee.notify_thread_id }
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.PosixTimerEntry>, _ arena: Arena) {
    c.pointee.it_id = itId
    c.pointee.clock_id = clockId
    c.pointee.si_signo = siSigno
    c.pointee.it_sigev_notify = itSigevNotify
    c.pointee.sival_ptr = sivalPtr
    c.pointee.overrun = overrun
    c.pointee.isec = isec
    c.pointee.insec = insec
    c.pointee.vsec = vsec
    c.pointee.vnsec = vnsec
    if let value = notifyThreadId {
      c.pointee.has_notify_thread_id = 1
      c.pointee.notify_thread_id = value
    }
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}

/// task_timers_entry
public struct TaskTimersEntry: ImageMessage {
  /// getitimer ITIMER_REAL
  public var real: ItimerEntry = ItimerEntry()
  public var virt: ItimerEntry = ItimerEntry()
  public var prof: ItimerEntry = ItimerEntry()
  /// from /proc/PID/timers + parasite
  public var posix: [PosixTimerEntry] = []
  public var unknownFields: [UnknownField] = []

  public static let name = "task_timers_entry"

  public init() {}

  public init(decoding bytes: RawSpan) throws(Failure) {
    self = try .unpacked(from: bytes)
  }

  public func encoded() -> [UInt8] {
    packed()
  }
}

extension TaskTimersEntry: BridgedMessage {
  static let nests = false

  static func initialize(_ c: UnsafeMutablePointer<CImages.TaskTimersEntry>) {
    task_timers_entry__init(c)
  }

  init(reading c: UnsafePointer<CImages.TaskTimersEntry>) {
    real = ItimerEntry(reading: c.pointee.real)
    virt = ItimerEntry(reading: c.pointee.virt)
    prof = ItimerEntry(reading: c.pointee.prof)
    posix = Read.messages(c.pointee.posix, c.pointee.n_posix)
    unknownFields = Read.unknown(c.pointee.base)
  }

  func write(to c: UnsafeMutablePointer<CImages.TaskTimersEntry>, _ arena: Arena) {
    c.pointee.real = arena.message(real)
    c.pointee.virt = arena.message(virt)
    c.pointee.prof = arena.message(prof)
    (c.pointee.posix, c.pointee.n_posix) = arena.messages(posix)
    arena.setUnknown(unknownFields, in: &c.pointee.base)
  }
}
