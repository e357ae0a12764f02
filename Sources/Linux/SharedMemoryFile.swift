internal import CLinux
internal import Glibc

/// An object of the kernel's own tmpfs or hugetlbfs: what memfd_create(2) and shared anonymous mappings have inside.
public final class SharedMemoryFile {
  public struct Status: Hashable, Sendable {
    public var deviceMajor: UInt32
    public var deviceMinor: UInt32
    public var inode: UInt64
    public var byteCount: UInt64
    /// Format and permission bits.
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
  }

  public let descriptor: OwnedFD
  private let subject: String

  private init(_ descriptor: consuming OwnedFD, subject: String) {
    self.descriptor = descriptor
    self.subject = subject
  }

  /// Opens one that exists, through a link of /proc.
  ///
  /// - Parameter writable: The same object, open for reading alone or also for writing.
  public static func open(_ path: String, writable: Bool = false) throws(Failure) -> SharedMemoryFile {
    let descriptor = try check("open the shared memory", path, remedy: MapFilesLink.remedy) {
      path.withCString {
        systemCall(
          SystemCall(SYS_openat), Int(AT_FDCWD), Int(bitPattern: $0),
          Int((writable ? O_RDWR : O_RDONLY) | O_CLOEXEC))
      }
    }
    return SharedMemoryFile(OwnedFD(adopting: CInt(descriptor)), subject: path)
  }

  /// Makes an empty one (memfd_create(2)).
  ///
  /// - Parameter hugePageFlags: 0, or MFD_HUGETLB with the size's logarithm in bits 26 to 31.
  /// - Throws: `ENODEV` or `EINVAL` no huge pages of this size.
  public static func create(name: String, hugePageFlags: UInt32 = 0) throws(Failure) -> SharedMemoryFile {
    let descriptor = try check(
      "make shared memory", "\"\(name)\"", remedy: "Check the limit of descriptors, and that huge pages are set aside."
    ) {
      name.withCString {
        systemCall(
          SystemCall(SYS_memfd_create), Int(bitPattern: $0), Int(CL_MFD_CLOEXEC | CL_MFD_ALLOW_SEALING | hugePageFlags))
      }
    }
    return SharedMemoryFile(OwnedFD(adopting: CInt(descriptor)), subject: "shared memory \"\(name)\"")
  }

  // MARK: What it is

  public func status() throws(Failure) -> Status {
    var status = stat()
    try check("read the status", subject, remedy: "See the kernel log.") {
      descriptor.withRaw { raw in
        withUnsafeMutablePointer(to: &status) { systemCall(SystemCall(SYS_fstat), Int(raw), Int(bitPattern: $0)) }
      }
    }
    return Status(
      deviceMajor: UInt32(truncatingIfNeeded: status.st_dev >> 8 & 0xfff),
      deviceMinor: UInt32(truncatingIfNeeded: status.st_dev & 0xff | status.st_dev >> 12 & 0xfff00),
      inode: UInt64(status.st_ino), byteCount: UInt64(status.st_size), mode: status.st_mode, uid: status.st_uid,
      gid: status.st_gid)
  }

  /// F_SEAL_ bits.
  public func seals() throws(Failure) -> UInt32 {
    UInt32(try control("read the seals", CL_F_GET_SEALS, 0))
  }

  /// The next extent with pages at or after `offset` (SEEK_DATA, SEEK_HOLE; lseek(2)).
  ///
  /// - Returns: `nil` when only a hole is left.
  public func data(from offset: UInt64) throws(Failure) -> Range<UInt64>? {
    let start = seek(offset, whence: 3)
    if Errno(result: start) == Errno(ENXIO) { return nil }
    try check("find the pages", subject, remedy: "See the kernel log.") { start }
    let end = try check("find the pages", subject, remedy: "See the kernel log.") { seek(UInt64(start), whence: 4) }
    return UInt64(start)..<UInt64(end)
  }

  private func seek(_ offset: UInt64, whence: Int) -> Int {
    descriptor.withRaw { systemCall(SystemCall(SYS_lseek), Int($0), Int(offset), whence) }
  }

  // MARK: Contents

  /// Fills the buffer, with zeros behind the end (pread(2)).
  public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
    var done = 0
    while done < buffer.count {
      let count = try check("read", subject, remedy: "See the kernel log.") {
        descriptor.withRaw {
          systemCall(
            SystemCall(SYS_pread64), Int($0), Int(bitPattern: buffer.baseAddress! + done), buffer.count - done,
            Int(offset) + done)
        }
      }
      if count == 0 { break }
      done += count
    }
    UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Maps a part of it, readable and writable, shared (mmap(2)).
  public func map(at offset: UInt64, byteCount: Int) throws(Failure) -> UnsafeMutableRawBufferPointer {
    let start = try check("map", subject, remedy: "Free memory, or raise vm.nr_hugepages for huge pages.") {
      descriptor.withRaw {
        systemCall(
          SystemCall(SYS_mmap), 0, byteCount, Int(PROT_READ | PROT_WRITE), Int(MAP_SHARED | MAP_NORESERVE), Int($0), Int(offset))
      }
    }
    return UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: start), count: byteCount)
  }

  // MARK: Making it what it was

  public func setByteCount(_ byteCount: UInt64) throws(Failure) {
    try check("set the size to \(byteCount) of", subject, remedy: "Free memory, or raise vm.nr_hugepages.") {
      descriptor.withRaw { File.setSize($0, Int(byteCount)) }
    }
  }

  public func setOwner(uid: UInt32, gid: UInt32) throws(Failure) {
    try check("set the owner of", subject, remedy: "Run with CAP_CHOWN.") {
      descriptor.withRaw { systemCall(SystemCall(SYS_fchown), Int($0), Int(uid), Int(gid)) }
    }
  }

  public func setMode(_ mode: UInt32) throws(Failure) {
    try check("set the mode of", subject, remedy: "Run as root.") {
      descriptor.withRaw { systemCall(SystemCall(SYS_fchmod), Int($0), Int(mode & 0o7777)) }
    }
  }

  /// - Parameter seals: F_SEAL_ bits; those that stand already may be among them.
  public func addSeals(_ seals: UInt32) throws(Failure) {
    _ = try control("seal", CL_F_ADD_SEALS, Int(seals))
  }

  private func control(_ attempted: String, _ command: UInt32, _ argument: Int) throws(Failure) -> Int {
    try check(attempted, subject, remedy: "Check that no other process maps this memory for writing.") {
      descriptor.withRaw { systemCall(SystemCall(SYS_fcntl), Int($0), Int(command), argument) }
    }
  }
}
