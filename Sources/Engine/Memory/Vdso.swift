internal import Images
internal import Linux

/// The vdso of the running kernel, which a restored task gets in place of the one that it had: its functions must be
/// where the task knows them.
struct Vdso {
  /// The parts of vvar that lie before it, and itself.
  let variables: Range<UInt64>
  let code: Range<UInt64>

  /// - Parameter own: The mappings of the calling process.
  /// - Returns: `nil` where the kernel gives none.
  init?(in own: [MapsEntry]) {
    guard let code = own.first(where: { $0.name == .vdso }) else { return nil }
    let parts = own.filter { $0.name == .vvar || $0.name == .vvarClock }
    guard let first = parts.first, let last = parts.last, last.end == code.start else { return nil }
    variables = first.start..<last.end
    self.code = code.range
  }

  /// vvar and vdso of a task, which are one behind the other.
  static func range(in mappings: [RestoredMapping]) -> Range<UInt64>? {
    guard let variables = mappings.first(where: { $0.kind == .vvar }),
      let code = mappings.first(where: { $0.kind == .vdso })
    else { return nil }
    return variables.entry.start..<code.entry.end
  }

  /// Whether the kernel can make what the task had: vvar before vdso, of these sizes.
  static func check(_ mappings: [RestoredMapping], subject: String, running: Vdso?) throws(Failure) {
    let variables = mappings.filter { $0.kind == .vvar }
    let code = mappings.filter { $0.kind == .vdso }
    if variables.isEmpty, code.isEmpty { return }
    guard let running, variables.count == 1, code.count == 1,
      variables[0].entry.end == code[0].entry.start,
      variables[0].byteCount == running.variables.count, code[0].byteCount == running.code.count
    else { throw other(subject) }
  }

  /// Compares with the pages that a task's images have.
  ///
  /// - Throws: `EOPNOTSUPP` a function is elsewhere.
  func check(functionsOf image: UnsafeRawBufferPointer, subject: String) throws(Failure) {
    let own = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: UInt(code.lowerBound)), count: code.count)
    if haveEqualBytes(own, image) { return }
    guard let known = ElfSymbols.defined(in: image), let running = ElfSymbols.defined(in: own), !known.isEmpty,
      known.allSatisfy({ running[$0.key] == $0.value })
    else { throw Vdso.other(subject) }
  }

  private static func other(_ subject: String) -> Failure {
    Failure(
      "restore the vdso", "\(subject) was dumped on a kernel with another one", .notSupported,
      remedy: "Restore on the kernel version of the dump.")
  }
}

/// The dynamic symbols of an ELF image in memory (elf(5)): bounds are checked, it may be anything.
enum ElfSymbols {
  /// - Returns: Offsets by name; `nil` for what is no ELF image with section headers.
  static func defined(in image: UnsafeRawBufferPointer) -> [String: UInt64]? {
    func word<T: FixedWidthInteger>(_ offset: UInt64, _ type: T.Type) -> T? {
      guard offset <= UInt64(image.count), UInt64(image.count) - offset >= UInt64(MemoryLayout<T>.size) else {
        return nil
      }
      return image.loadUnaligned(fromByteOffset: Int(offset), as: T.self)
    }
    guard word(0, UInt32.self) == 0x464c_457f, let sections = word(40, UInt64.self),
      let stride = word(58, UInt16.self), let count = word(60, UInt16.self)
    else { return nil }
    /// Offset and size of the section, and what it links to.
    func section(_ index: UInt64) -> (type: UInt32, start: UInt64, byteCount: UInt64, link: UInt32)? {
      let at = sections &+ index &* UInt64(stride)
      guard let type = word(at &+ 4, UInt32.self), let start = word(at &+ 24, UInt64.self),
        let byteCount = word(at &+ 32, UInt64.self), let link = word(at &+ 40, UInt32.self)
      else { return nil }
      return (type, start, byteCount, link)
    }
    let dynamicSymbols: UInt32 = 11
    for index in 0..<UInt64(count) {
      guard let table = section(index), table.type == dynamicSymbols, let names = section(UInt64(table.link)) else {
        continue
      }
      var symbols: [String: UInt64] = [:]
      for at in Swift.stride(from: UInt64(0), to: min(table.byteCount, UInt64(image.count)), by: 24) {
        let start = table.start &+ at
        guard let name = word(start, UInt32.self), let holder = word(start &+ 6, UInt16.self),
          let value = word(start &+ 8, UInt64.self)
        else { return nil }
        // Undefined and absolute symbols are no places in the image.
        guard holder != 0, holder < 0xff00, name != 0 else { continue }
        var bytes: [UInt8] = []
        while let byte = word(names.start &+ UInt64(name) &+ UInt64(bytes.count), UInt8.self), byte != 0 {
          bytes.append(byte)
        }
        symbols[String(decoding: bytes, as: UTF8.self)] = value
      }
      return symbols
    }
    return nil
  }
}
