internal import Linux

/// What probes are written with. All of it runs in a child process, which takes every descriptor, mapping and namespace
/// with it when it ends.
enum Trial {
  /// Runs `body` in a child.
  ///
  /// - Throws: What `body` threw, with what it tried and the error number; a child that was killed counts as `ENOTSUP`.
  static func inChild(_ body: () throws(Failure) -> Void) throws(Failure) {
    let report = try ReportArea()
    switch try cloneProcess() {
    case .child:
      do throws(Failure) {
        try call("limit the time of a probe", ProbeCall.alarm, 10)
        try body()
        exitNow(0)
      } catch {
        report.put(error)
        exitNow(1)
      }
    case .parent(let child):
      let status = try waitForEnd(of: child)
      guard status != .exited(0) else { return }
      throw report.failure ?? missing("run the probe to its end (\(status))")
    }
  }

  /// One system call; a negative result is a `Failure`.
  @discardableResult
  static func call(
    _ attempted: String, _ number: SystemCall, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0,
    _ f: Int = 0
  ) throws(Failure) -> Int {
    try check(attempted, "", remedy: "") { systemCall(number, a, b, c, d, e, f) }
  }

  /// For what the kernel did otherwise than asked.
  static func missing(_ attempted: String) -> Failure { Failure(attempted, "", .notSupported, remedy: "") }

  /// The address of a C string, for as long as `body` runs.
  @discardableResult
  static func withText<R>(_ text: String, _ body: (Int) throws(Failure) -> R) throws(Failure) -> R {
    var bytes = Array(text.utf8) + [0]
    return try withBytes(&bytes, body)
  }

  /// The address of an array's elements, for as long as `body` runs: arguments of the kernel that are structures.
  @discardableResult
  static func withBytes<E, R>(_ elements: inout [E], _ body: (Int) throws(Failure) -> R) throws(Failure) -> R {
    var result: Result<R, Failure>?
    elements.withUnsafeMutableBytes { bytes in
      do throws(Failure) { result = .success(try body(Int(bitPattern: bytes.baseAddress))) } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw missing("pass an argument") }
    return try result.get()
  }

  /// open(2) with flags of the C library's numbers.
  static func openPath(_ path: String, flags: Int = 0) throws(Failure) -> Int {
    try withText(path) { address throws(Failure) in try call("open \(path)", ProbeCall.open, address, flags, 0o600) }
  }

  /// A private anonymous mapping of zeros.
  static func mapPages(_ count: Int) throws(Failure) -> Int {
    let readWrite = 3, privateAnonymous = 0x22
    return try call("map memory", ProbeCall.mmap, 0, count * 4096, readWrite, privateAnonymous, -1, 0)
  }

  static func makePipe() throws(Failure) -> (reader: Int, writer: Int) {
    var ends: [Int32] = [0, 0]
    try withBytes(&ends) { ends throws(Failure) in try call("make a pipe", ProbeCall.pipe2, ends, 0) }
    return (Int(ends[0]), Int(ends[1]))
  }

  /// The mappings of this process, from /proc/self/maps.
  static func mappings() throws(Failure) -> [(start: Int, byteCount: Int, name: String)] {
    var all: [(start: Int, byteCount: Int, name: String)] = []
    for line in try readText("/proc/self/maps").split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 5)
      let ends = words[0].split(separator: "-")
      guard let start = Int(ends[0], radix: 16), let end = Int(ends[1], radix: 16) else { continue }
      all.append((start, end - start, words.count > 5 ? String(words[5].drop { $0 == " " }) : ""))
    }
    return all
  }

  /// Takes the kernel's own pages away, since it maps them once only, then asks for others.
  static func mapVdso(_ request: VdsoRequest) throws(Failure) {
    for mapping in try mappings() where isVdso(mapping.name) {
      try call("unmap the vdso", ProbeCall.munmap, mapping.start, mapping.byteCount)
    }
    let place = try mapPages(16)
    try call("unmap memory", ProbeCall.munmap, place, 16 * 4096)
    guard try call("map the vdso", ProbeCall.archPrctl, Int(request.rawValue), place) > 0 else {
      throw missing("map the vdso")
    }
  }

  /// Whether a mapping is one of the kernel's own.
  static func isVdso(_ name: String) -> Bool { name == "[vdso]" || name.hasPrefix("[vvar") }

  static func hex(_ number: Int) -> String { String(number, radix: 16) }
}

/// How a child tells its parent why it failed: a shared page with a number and a text.
private final class ReportArea {
  private let bytes: UnsafeMutableRawBufferPointer

  init() throws(Failure) {
    let readWrite = 3, sharedAnonymous = 0x21
    let address = try Trial.call("map memory", ProbeCall.mmap, 0, 4096, readWrite, sharedAnonymous, -1, 0)
    bytes = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: address), count: 4096)
  }

  deinit { _ = systemCall(ProbeCall.munmap, Int(bitPattern: bytes.baseAddress), bytes.count) }

  func put(_ failure: Failure) {
    bytes.storeBytes(of: failure.errno.number, as: Int32.self)
    let text = failure.attempted.utf8.prefix(1024)
    bytes.storeBytes(of: Int32(text.count), toByteOffset: 4, as: Int32.self)
    for (offset, byte) in text.enumerated() { bytes[8 + offset] = byte }
  }

  var failure: Failure? {
    let errno = bytes.load(as: Int32.self)
    guard errno != 0 else { return nil }
    let count = Int(bytes.load(fromByteOffset: 4, as: Int32.self))
    return Failure(String(decoding: bytes[8..<(8 + count)], as: UTF8.self), "", Errno(errno), remedy: "")
  }
}
