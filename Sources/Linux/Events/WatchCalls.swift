internal import CLinux
internal import Glibc

private let remedy = "Raise the limits in /proc/sys/fs/inotify and /proc/sys/fs/fanotify, and that of open files."

/// inotify_init1(2).
public func makeInotify() throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("make the inotify descriptor", "this process", remedy: remedy) {
        systemCall(SystemCall(SYS_inotify_init1), Int(CL_O_CLOEXEC))
      }))
}

/// fanotify_init(2).
public func makeFanotify(flags: UInt32, eventFlags: UInt32) throws(Failure) -> OwnedFD {
  OwnedFD(
    adopting: CInt(
      try check("make the fanotify descriptor", "with flags 0x" + String(flags, radix: 16), remedy: remedy) {
        systemCall(SystemCall(SYS_fanotify_init), Int(flags), Int(eventFlags))
      }))
}

/// Bits of the masks of inotify(7).
public enum InotifyMask {
  /// IN_ALL_EVENTS, IN_EXCL_UNLINK and IN_ONESHOT: what a user may have given, and fdinfo tells.
  public static let settable: UInt32 = 0xfff | 1 << 26 | 1 << 31
}

extension BorrowedFD {
  /// Has this inotify descriptor watch a path, under the watch number `number`.
  ///
  /// Kernels with CONFIG_CHECKPOINT_RESTORE take the number (INOTIFY_IOC_SETNEXTWD); others count up to it.
  ///
  /// - Throws: `EEXIST` when numbers above have been given out already.
  public func watch(_ path: FilePath, mask: UInt32, number: Int32, _ subject: @autoclosure () -> String) throws(Failure) {
    let setNext = 0x4004_4900  // INOTIFY_IOC_SETNEXTWD
    _ = systemCall(SystemCall(SYS_ioctl), Int(raw), setNext, Int(number))
    while true {
      let given = Int32(
        try check("add the watch", subject(), remedy: remedy) {
          path.withAddress { systemCall(SystemCall(SYS_inotify_add_watch), Int(raw), $0, Int(mask)) }
        })
      if given == number { return }
      try check("remove a watch", "\(subject()), number \(given)", remedy: remedy) {
        systemCall(SystemCall(SYS_inotify_rm_watch), Int(raw), Int(given))
      }
      guard given < number else {
        throw Failure(
          "number the watch", "\(subject()): the kernel gave \(given), not \(number)", .exists,
          remedy: "The image is damaged: restore from another copy of the set.")
      }
    }
  }

  /// Adds a mark to this fanotify descriptor (fanotify_mark(2)).
  public func mark(_ path: FilePath, flags: UInt32, mask: UInt64, _ subject: @autoclosure () -> String) throws(Failure) {
    let add: UInt32 = 1  // FAN_MARK_ADD
    try check("add the mark", subject(), remedy: remedy) {
      path.withAddress {
        systemCall(
          SystemCall(SYS_fanotify_mark), Int(raw), Int(add | flags), Int(bitPattern: UInt(mask)), Int(CL_AT_FDCWD), $0)
      }
    }
  }

  /// Reads whatever waits in an inotify or fanotify descriptor, and closes the descriptors that fanotify gave with it.
  /// Never waits.
  public func dropEvents(ofFanotify: Bool, _ subject: @autoclosure () -> String) throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while try readableByteCount(subject()) > 0 {
      let count = try read(into: &buffer, subject())
      if ofFanotify { closeDescriptors(inEvents: buffer[..<count]) }
      if count == 0 { return }
    }
  }

  /// struct fanotify_event_metadata: byte count u32 at 0, descriptor s32 at 16.
  private func closeDescriptors(inEvents bytes: ArraySlice<UInt8>) {
    func word(at index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
    }
    var start = 0
    while start + 24 <= bytes.count {
      let descriptor = CInt(bitPattern: word(at: start + 16))
      if descriptor >= 0 { BorrowedFD(descriptor).close() }
      start += max(24, Int(word(at: start)))
    }
  }
}
