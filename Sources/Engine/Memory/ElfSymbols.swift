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
    guard word(0, UInt32.self) == 0x464c_457f, let form = word(4, UInt8.self).flatMap(Form.init(elfClass:)) else {
      return nil
    }
    /// An address or a size, which has as many bytes as the class says.
    func long(_ offset: UInt64) -> UInt64? {
      form.is64Bit ? word(offset, UInt64.self) : word(offset, UInt32.self).map(UInt64.init)
    }
    guard let sections = long(form.sections), let stride = word(form.sectionStride, UInt16.self),
      let count = word(form.sectionStride + 2, UInt16.self)
    else { return nil }
    /// Offset and size of the section, and what it links to.
    func section(_ index: UInt64) -> (type: UInt32, start: UInt64, byteCount: UInt64, link: UInt32)? {
      let at = sections &+ index &* UInt64(stride)
      guard let type = word(at &+ 4, UInt32.self), let start = long(at &+ form.sectionStart),
        let byteCount = long(at &+ form.sectionByteCount), let link = word(at &+ form.sectionLink, UInt32.self)
      else { return nil }
      return (type, start, byteCount, link)
    }
    let dynamicSymbols: UInt32 = 11
    for index in 0..<UInt64(count) {
      guard let table = section(index), table.type == dynamicSymbols, let names = section(UInt64(table.link)) else {
        continue
      }
      var symbols: [String: UInt64] = [:]
      for at in Swift.stride(from: UInt64(0), to: min(table.byteCount, UInt64(image.count)), by: form.symbolStride) {
        let start = table.start &+ at
        guard let name = word(start, UInt32.self), let holder = word(start &+ form.symbolHolder, UInt16.self),
          let value = long(start &+ form.symbolValue)
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

  /// Where things are in the two classes, in bytes.
  private struct Form {
    let is64Bit: Bool

    init?(elfClass: UInt8) {
      guard elfClass == 1 || elfClass == 2 else { return nil }
      is64Bit = elfClass == 2
    }

    // Of the header: e_shoff, e_shentsize.
    var sections: UInt64 { is64Bit ? 40 : 32 }
    var sectionStride: UInt64 { is64Bit ? 58 : 46 }
    // Of a section header: sh_offset, sh_size, sh_link.
    var sectionStart: UInt64 { is64Bit ? 24 : 16 }
    var sectionByteCount: UInt64 { is64Bit ? 32 : 20 }
    var sectionLink: UInt64 { is64Bit ? 40 : 24 }
    // Of a symbol: st_shndx, st_value.
    var symbolStride: Int { is64Bit ? 24 : 16 }
    var symbolHolder: UInt64 { is64Bit ? 6 : 14 }
    var symbolValue: UInt64 { is64Bit ? 8 : 4 }
  }
}
