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
