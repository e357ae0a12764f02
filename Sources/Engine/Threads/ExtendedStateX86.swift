internal import Images
internal import Linux

/// The floating-point and vector registers of a thread: an XSAVE area of the standard format, as ptrace moves it
/// (NT_X86_XSTATE), and the image's lists of its components.
///
///     0 FXSAVE: x87 and SSE | 512 header: which components are not in their initial state | 576... components
enum ExtendedStateX86 {
  /// - Parameter area: Of the processor that `layout` describes.
  /// - Throws: `EOPNOTSUPP` a component is in use that the image format has no place for.
  static func entry(
    from area: [UInt8], layout: ExtendedStateLayout, subject: String
  ) throws(Failure) -> UserX86FpregsEntry {
    guard area.count >= legacyByteCount else {
      throw Failure(
        "read the floating-point registers", "\(area.count) bytes of \(subject)", .badMessage,
        remedy: "This is a defect of this program: keep the log.")
    }
    var entry = UserX86FpregsEntry()
    entry.cwd = UInt32(area.number(at: 0, as: UInt16.self))
    entry.swd = UInt32(area.number(at: 2, as: UInt16.self))
    entry.twd = UInt32(area.number(at: 4, as: UInt16.self))
    entry.fop = UInt32(area.number(at: 6, as: UInt16.self))
    entry.rip = area.word(at: 8)
    entry.rdp = area.word(at: 16)
    entry.mxcsr = area.number(at: 24, as: UInt32.self)
    entry.mxcsrMask = area.number(at: 28, as: UInt32.self)
    entry.stSpace = area.numbers(at: 32, byteCount: 128, as: UInt32.self)
    entry.xmmSpace = area.numbers(at: 160, byteCount: 256, as: UInt32.self)
    if layout.mask != 0 { entry.xsave = try components(of: area, layout: layout, subject: subject) }
    return entry
  }

  private static func components(
    of area: [UInt8], layout: ExtendedStateLayout, subject: String
  ) throws(Failure) -> UserX86XsaveEntry {
    var xsave = UserX86XsaveEntry()
    xsave.xstateBv = area.word(at: legacyByteCount)
    if let bit = bits(of: xsave.xstateBv & ~Component.known).first {
      throw Failure(
        "save the \(Component.name(bit))", subject, .notSupported,
        remedy: "The image format has no place for them: dump while the program does not use them.")
    }
    func list<N: FixedWidthInteger & BitwiseCopyable>(_ bit: Int, _ type: N.Type) -> [N] {
      guard let place = layout.components[bit], place.offset + Component.byteCounts[bit]! <= area.count else { return [] }
      return area.numbers(at: place.offset, byteCount: Component.byteCounts[bit]!, as: type)
    }
    xsave.ymmhSpace = list(2, UInt32.self)
    xsave.bndregState = list(3, UInt64.self)
    xsave.bndcsrState = list(4, UInt64.self)
    xsave.opmaskReg = list(5, UInt64.self)
    xsave.zmmUpper = list(6, UInt64.self)
    xsave.hi16Zmm = list(7, UInt64.self)
    xsave.pkru = list(9, UInt32.self)
    if layout.hasShadowStacks { xsave.cet = UserX86CetEntry() }
    return xsave
  }

  /// The area for the processor that `layout` describes.
  ///
  /// - Throws: `EOPNOTSUPP` a component is in use that this processor lacks; `EBADMSG` a list is cut.
  static func area(
    from entry: UserX86FpregsEntry, layout: ExtendedStateLayout, subject: String
  ) throws(Failure) -> [UInt8] {
    try check(entry, layout: layout, subject: subject)
    var area = [UInt8](repeating: 0, count: layout.byteCount)
    area.put(UInt16(truncatingIfNeeded: entry.cwd), at: 0)
    area.put(UInt16(truncatingIfNeeded: entry.swd), at: 2)
    area.put(UInt16(truncatingIfNeeded: entry.twd), at: 4)
    area.put(UInt16(truncatingIfNeeded: entry.fop), at: 6)
    area.put(entry.rip, at: 8)
    area.put(entry.rdp, at: 16)
    area.put(entry.mxcsr, at: 24)
    area.put(entry.mxcsrMask, at: 28)
    area.put(entry.stSpace, at: 32)
    area.put(entry.xmmSpace, at: 160)
    guard layout.mask != 0 else { return area }
    guard let xsave = entry.xsave else {
      area.put(Component.legacy, at: legacyByteCount)
      return area
    }
    area.put(xsave.xstateBv, at: legacyByteCount)
    put(xsave.ymmhSpace, 2, in: &area, layout)
    put(xsave.bndregState, 3, in: &area, layout)
    put(xsave.bndcsrState, 4, in: &area, layout)
    put(xsave.opmaskReg, 5, in: &area, layout)
    put(xsave.zmmUpper, 6, in: &area, layout)
    put(xsave.hi16Zmm, 7, in: &area, layout)
    put(xsave.pkru, 9, in: &area, layout)
    return area
  }

  /// Whether this processor can hold the registers of the image; for the plan, before anything is touched.
  static func check(
    _ entry: UserX86FpregsEntry, layout: ExtendedStateLayout, subject: String
  ) throws(Failure) {
    let xsave = entry.xsave ?? UserX86XsaveEntry()
    if let bit = bits(of: xsave.xstateBv & ~layout.mask).first(where: { $0 > 1 || layout.mask != 0 }) {
      throw Failure(
        "restore the \(Component.name(bit))", subject, .notSupported,
        remedy: "This processor has none: restore on one with the features of the one that the images are from.")
    }
    if let cet = xsave.cet, cet.cet != 0 {
      throw Failure(
        "restore the shadow stack", subject, .notSupported,
        remedy: "Run the program without one (GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK), and dump it again.")
    }
    let counts: [(bit: Int, count: Int)] = [
      (2, xsave.ymmhSpace.count * 4), (3, xsave.bndregState.count * 8), (4, xsave.bndcsrState.count * 8),
      (5, xsave.opmaskReg.count * 8), (6, xsave.zmmUpper.count * 8), (7, xsave.hi16Zmm.count * 8),
      (9, xsave.pkru.count * 4),
    ]
    let isCut = counts.contains { list in
      let isUsed = xsave.xstateBv >> UInt64(list.bit) & 1 != 0
      return list.count != Component.byteCounts[list.bit] && (list.count != 0 || isUsed)
    }
    guard !isCut, entry.stSpace.count == 32, entry.xmmSpace.count == 64 else {
      throw Failure(
        "read the floating-point registers", subject, .badMessage,
        remedy: "The core image is damaged: take it from another copy of the set.")
    }
  }

  private static func put<N: FixedWidthInteger & BitwiseCopyable>(
    _ list: [N], _ bit: Int, in area: inout [UInt8], _ layout: ExtendedStateLayout
  ) {
    // A processor without the component is fine as long as it is in its initial state, which `check` has seen to.
    guard let place = layout.components[bit] else { return }
    area.put(list, at: place.offset)
  }

  private static let legacyByteCount = 512

  private static func bits(of mask: UInt64) -> [Int] { (0..<64).filter { mask >> UInt64($0) & 1 != 0 } }

  /// State components by their bit in XCR0 (Intel SDM volume 1, chapter 13).
  private enum Component {
    /// Bytes of those that the image format holds.
    static let byteCounts = [2: 256, 3: 64, 4: 64, 5: 64, 6: 512, 7: 1024, 9: 8]
    static let legacy: UInt64 = 3
    static let known: UInt64 = byteCounts.keys.reduce(legacy) { $0 | 1 << UInt64($1) }
    private static let names = [
      0: "x87 registers", 1: "SSE registers", 2: "AVX registers (upper halves of ymm)", 3: "MPX bound registers",
      4: "MPX configuration", 5: "AVX-512 mask registers", 6: "AVX-512 registers (upper halves of zmm0 to 15)",
      7: "AVX-512 registers (zmm16 to 31)", 9: "protection key rights (PKRU)", 17: "AMX tile configuration",
      18: "AMX tiles", 19: "APX registers (r16 to r31)",
    ]
    static func name(_ bit: Int) -> String { names[bit] ?? "registers of XSAVE component \(bit)" }
  }
}
