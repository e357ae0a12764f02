internal import CLinux

/// Where this processor keeps its state components in an XSAVE area of the standard format (CPUID leaf 0xD).
public struct ExtendedStateLayout: Hashable, Sendable {
  public struct Component: Hashable, Sendable {
    public let offset: Int
    public let byteCount: Int

    public init(offset: Int, byteCount: Int) {
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  /// Bytes of the whole area, as ptrace(2) moves it.
  public let byteCount: Int
  /// The components that the kernel has switched on; bit numbers as in XCR0.
  public let mask: UInt64
  /// By bit number, from 2 (AVX) on; x87 and SSE have fixed places.
  public let components: [Int: Component]
  /// Whether the processor knows shadow stacks, used or not.
  public let hasShadowStacks: Bool

  public init(byteCount: Int, mask: UInt64, components: [Int: Component], hasShadowStacks: Bool) {
    self.byteCount = byteCount
    self.mask = mask
    self.components = components
    self.hasShadowStacks = hasShadowStacks
  }

  /// Of the processor that we run on.
  public static func ofThisProcessor() -> ExtendedStateLayout {
    let mask = cl_extended_control_register()
    var components: [Int: Component] = [:]
    for bit in 2..<63 where mask >> UInt64(bit) & 1 != 0 {
      let leaf = cl_cpuid(0xd, UInt32(bit))
      components[bit] = Component(offset: Int(leaf.b), byteCount: Int(leaf.a))
    }
    return ExtendedStateLayout(
      byteCount: mask == 0 ? 512 : Int(cl_cpuid(0xd, 0).b), mask: mask, components: components,
      hasShadowStacks: cl_cpuid(7, 0).c >> 7 & 1 != 0)
  }
}
