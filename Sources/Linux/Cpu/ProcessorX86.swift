internal import CLinux

/// What this processor is and can do, as an unprivileged program sees it (CPUID).
public struct ProcessorX86: Hashable, Sendable {
  /// "GenuineIntel", "AuthenticAMD".
  public var vendor: String
  public var family, model, stepping: UInt32
  /// Abilities, a bit each, in the 19 words of `Word`.
  public var words: [UInt32]
  /// Brand text; empty where there is none.
  public var name: String
  /// Bytes of an XSAVE area: for the components switched on, and for all that there are. 0 without XSAVE.
  public var stateByteCount, stateByteCountMax: UInt32
  /// The components switched on, as XCR0 has them; 0 without XSAVE.
  public var stateMask: UInt64

  /// Which CPUID register a word is. Words without a name here are always 0.
  public enum Word {
    public static let leaf1EDX = 0
    public static let extended1EDX = 1
    /// What is derived: the rules are those of the kernel (arch/x86/kernel/cpu).
    public static let derived = 3
    public static let leaf1ECX = 4
    public static let extended1ECX = 6
    public static let leaf7EBX = 9
    public static let leafDSub1EAX = 10
    public static let leaf7ECX = 11
    public static let leafFSub1EDX = 12
    public static let extended8EBX = 13
    public static let leaf6EAX = 14
    public static let extendedAEDX = 15
    public static let leafFEDX = 16
    public static let extended7EBX = 17
    public static let leaf7EDX = 18
    public static let count = 19
  }

  public init(
    vendor: String, family: UInt32, model: UInt32, stepping: UInt32, words: [UInt32], name: String,
    stateByteCount: UInt32, stateByteCountMax: UInt32, stateMask: UInt64
  ) {
    self.vendor = vendor
    self.family = family
    self.model = model
    self.stepping = stepping
    self.words = words
    self.name = name
    self.stateByteCount = stateByteCount
    self.stateByteCountMax = stateByteCountMax
    self.stateMask = stateMask
  }

  /// The processor that we run on.
  public static func ofThisMachine() -> ProcessorX86 {
    let vendorLeaf = cl_cpuid(0, 0)
    let version = cl_cpuid(1, 0).a
    let baseFamily = version >> 8 & 0xF
    let family = baseFamily == 0xF ? baseFamily + (version >> 20 & 0xFF) : baseFamily
    var processor = ProcessorX86(
      vendor: text([vendorLeaf.b, vendorLeaf.d, vendorLeaf.c]), family: family,
      model: (version >> 4 & 0xF) | (family >= 6 ? version >> 16 & 0xF : 0) << 4, stepping: version & 0xF,
      words: readWords(), name: readName(), stateByteCount: 0, stateByteCountMax: 0, stateMask: 0)
    processor.derive(version: version, highestLeaf: vendorLeaf.a)
    if processor.has(Word.leaf1ECX, 26) {
      let state = cl_cpuid(0xD, 0)
      processor.stateByteCount = state.b
      processor.stateByteCountMax = state.c
      processor.stateMask = UInt64(state.a) | UInt64(state.d) << 32
    }
    return processor
  }

  public func has(_ word: Int, _ bit: Int) -> Bool { words[word] >> UInt32(bit) & 1 != 0 }

  /// cl_cpuid gives zeros for a leaf that the processor has not.
  private static func readWords() -> [UInt32] {
    var words = [UInt32](repeating: 0, count: Word.count)
    let one = cl_cpuid(1, 0)
    let seven = cl_cpuid(7, 0)
    let extendedOne = cl_cpuid(0x8000_0001, 0)
    words[Word.leaf1EDX] = one.d
    words[Word.leaf1ECX] = one.c
    words[Word.extended1EDX] = extendedOne.d
    words[Word.extended1ECX] = extendedOne.c
    words[Word.leaf7EBX] = seven.b
    words[Word.leaf7ECX] = seven.c
    words[Word.leaf7EDX] = seven.d
    words[Word.leaf6EAX] = cl_cpuid(6, 0).a
    words[Word.leafDSub1EAX] = cl_cpuid(0xD, 1).a
    words[Word.leafFEDX] = cl_cpuid(0xF, 0).d
    if words[Word.leafFEDX] & 2 != 0 { words[Word.leafFSub1EDX] = cl_cpuid(0xF, 1).d }
    words[Word.extended7EBX] = cl_cpuid(0x8000_0007, 0).b
    words[Word.extended8EBX] = cl_cpuid(0x8000_0008, 0).b
    words[Word.extendedAEDX] = cl_cpuid(0x8000_000A, 0).d
    return words
  }

  /// What vendors' manuals add to, or take from, the bare bits.
  private mutating func derive(version: UInt32, highestLeaf: UInt32) {
    let hasInstruction: UInt32 = 1 << 25, longNOP: UInt32 = 1 << 20, goodStringMoves: UInt32 = 1 << 16
    words[Word.derived] |= hasInstruction | longNOP
    if highestLeaf < 0xD { words[Word.leaf1ECX] &= ~(1 << 26) }
    switch (vendor, family) {
    case ("GenuineIntel", 6): words[Word.derived] |= goodStringMoves
    case ("GenuineIntel", 15): words[Word.leaf7EBX] &= ~(1 << 9)
    case ("AuthenticAMD", 0xF):
      let isNewEnough = (0x0F48..<0x0F50).contains(version) || version >= 0x0F58
      if isNewEnough { words[Word.derived] |= goodStringMoves }
    case ("AuthenticAMD", 0x10...): words[Word.derived] |= goodStringMoves
    default: break
    }
    // An older sign of 3DNow, whose own bit is elsewhere.
    if vendor == "AuthenticAMD" { words[Word.leaf1EDX] &= ~(1 << 31) }
  }

  private static func readName() -> String {
    guard cl_cpuid(0x8000_0000, 0).a >= 0x8000_0004 else { return "" }
    let registers = (0x8000_0002...0x8000_0004).flatMap { leaf in
      let part = cl_cpuid(UInt32(leaf), 0)
      return [part.a, part.b, part.c, part.d]
    }
    let name = text(registers).drop { $0 == " " }
    return String(name.reversed().drop { $0 == " " }.reversed())
  }

  /// The characters in registers, up to a zero byte.
  private static func text(_ registers: [UInt32]) -> String {
    let bytes = registers.flatMap { register in (0..<4).map { UInt8(truncatingIfNeeded: register >> ($0 * 8)) } }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
