public import Linux

/// Lets a test fail the calls of a sink: asked before each call to the kernel, with what is about to be done ("write
/// the image") and on which file. An error number makes the call fail with it, without being made.
public typealias FaultHook = (_ attempted: String, _ subject: String) -> Errno?

/// The kernel calls of the directory sink and their failures: one place for the fault hook and for what a user is told.
struct DirectoryCalls {
  /// Absolute path of the image directory.
  let path: String
  let fault: FaultHook?

  /// Runs one call on an image, again when a signal interrupts it.
  @discardableResult
  func check(_ attempted: StaticString, _ name: String, _ call: () -> Int) throws(Failure) -> Int {
    try checkFault(attempted, name)
    while true {
      let result = call()
      guard let errno = Errno(result: result) else { return result }
      if errno != .interrupted { throw failure(attempted, name, errno) }
    }
  }

  /// For a call that is made elsewhere: throws what the fault hook asks for.
  func checkFault(_ attempted: StaticString, _ name: String) throws(Failure) {
    if let fault, let errno = fault("\(attempted)", "\(path)/\(name)") { throw failure(attempted, name, errno) }
  }

  func failure(_ attempted: StaticString, _ name: String, _ errno: Errno) -> Failure {
    Failure("\(attempted)", "\(path)/\(name)", errno, remedy: remedy(errno))
  }

  private func remedy(_ errno: Errno) -> String {
    switch errno {
    case .noSpace, .quotaExceeded:
      "Free space or inodes on the file system of \(path), or name another directory with --images-dir."
    case .accessDenied, .notPermitted, .readOnlyFileSystem:
      "Make \(path) writable for the user that runs criu, or name another directory with --images-dir."
    case .tooManyOpenFiles: "Raise the limit of open files (ulimit -n)."
    case .tooBig: "Raise the file size limit (ulimit -f), or use a file system that holds files of this size."
    default: "The set is not usable: check the file system of \(path) and the kernel log, then dump again."
    }
  }

  /// Creates an image, or empties the one that is there.
  func create(_ name: String, in directory: borrowing OwnedFD) throws(Failure) -> OwnedFD {
    try directory.withRaw { (directory: CInt) throws(Failure) in
      OwnedFD(
        adopting: CInt(
          try check("create the image", name) {
            File.open(name, in: directory, DirectoryCalls.creation, mode: DirectoryCalls.imageMode)
          }))
    }
  }

  /// Writes all of `bytes`.
  func write(_ bytes: UnsafeRawBufferPointer, to file: borrowing OwnedFD, _ name: String) throws(Failure) {
    try file.withRaw { (file: CInt) throws(Failure) in try write(bytes, toRaw: file, name) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, toRaw file: CInt, _ name: String) throws(Failure) {
    var done = 0
    while done < bytes.count {
      done += try check("write the image", name) { File.write(file, UnsafeRawBufferPointer(rebasing: bytes[done...])) }
    }
  }

  /// Moves bytes from a pipe to the end of a file; copies them where the file system cannot splice.
  func splice(
    from pipe: borrowing OwnedFD, to file: borrowing OwnedFD, _ name: String, byteCount: Int
  ) throws(Failure) {
    try pipe.withRaw { (pipe: CInt) throws(Failure) in
      try file.withRaw { (file: CInt) throws(Failure) in
        var left = byteCount
        while left > 0 {
          var mustCopy = false
          let moved = try check("splice into the image", name) {
            let result = File.splice(from: pipe, to: file, byteCount: min(left, DirectoryCalls.spliceByteCount))
            mustCopy = Errno(result: result) == .invalid
            return mustCopy ? 0 : result
          }
          if mustCopy { return try copy(from: pipe, to: file, name, byteCount: left) }
          guard moved > 0 else { throw failure("splice into the image", name, .brokenPipe) }
          left -= moved
        }
      }
    }
  }

  private func copy(from pipe: CInt, to file: CInt, _ name: String, byteCount: Int) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(byteCount, 64 << 10), alignment: 4096)
    defer { buffer.deallocate() }
    var left = byteCount
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
      let count = try check("read what goes into the image", name) { File.read(pipe, into: part) }
      guard count > 0 else { throw failure("read what goes into the image", name, .brokenPipe) }
      try write(UnsafeRawBufferPointer(rebasing: part[..<count]), toRaw: file, name)
      left -= count
    }
  }

  func cut(_ file: borrowing OwnedFD, _ name: String, to byteCount: Int) throws(Failure) {
    try file.withRaw { (file: CInt) throws(Failure) in
      _ = try check("cut the image", name) { File.setSize(file, byteCount) }
    }
  }

  /// Success path of a file that was written.
  func close(_ file: consuming OwnedFD, _ name: String) throws(Failure) {
    try checkFault("close", name)
    try file.close("\(path)/\(name)")
  }

  /// Removes a file that may not be there. Returns whether it was.
  @discardableResult
  func remove(_ name: String, in directory: borrowing OwnedFD) throws(Failure) -> Bool {
    try directory.withRaw { (directory: CInt) throws(Failure) in
      try check("remove the old image", name) {
        let result = File.unlink(name, in: directory)
        return Errno(result: result) == .noEntry ? 1 : result
      } == 0
    }
  }

  /// At most this much a splice(2): the default limit of a pipe's size.
  static let spliceByteCount = 256 << 10
  static let creation: OpenFlags = [.create, .truncate, .writeOnly]
  /// Minus the umask, as upstream's.
  static let imageMode: UInt32 = 0o644
}
