import Images

/// Makes values that fill messages: always the same for one seed.
struct Sampler {
  enum Density { case everyField, someFields }

  private var state: UInt64
  private let density: Density
  private var depth = 0

  init(seed: UInt64, _ density: Density) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    self.density = density
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func upTo(_ limit: Int) -> Int { Int(next() % UInt64(limit + 1)) }

  mutating func optional<T: Sampled>() -> T? {
    density == .everyField || next() % 2 == 0 ? T(sampling: &self) : nil
  }

  /// A message may hold a list of itself: deep down lists are empty.
  mutating func list<T: Sampled>() -> [T] {
    guard depth < 4 else { return [] }
    depth += 1
    defer { depth -= 1 }
    return (0..<(density == .everyField ? 2 : upTo(3))).map { _ in T(sampling: &self) }
  }
}

protocol Sampled: Hashable {
  init(sampling sampler: inout Sampler)
}

protocol SampledMessage: ImageMessage, Sampled {
  static var protoFile: String { get }
}

extension FixedWidthInteger where Self: Sampled {
  /// Small and large ones alike, never zero.
  init(sampling sampler: inout Sampler) {
    let width = sampler.upTo(Self.bitWidth - 1)
    self = Self(truncatingIfNeeded: sampler.next() >> UInt64(64 - Self.bitWidth)) >> Self(width) | 1
  }
}

extension UInt8: Sampled {}
extension UInt32: Sampled {}
extension UInt64: Sampled {}
extension Int32: Sampled {}
extension Int64: Sampled {}

extension Bool: Sampled {
  init(sampling sampler: inout Sampler) { self = sampler.next() % 2 == 0 }
}

extension String: Sampled {
  init(sampling sampler: inout Sampler) {
    let pieces = ["/", "tmp", " (deleted)", "é", "日本", "🙂", "", "a\\\"b", "\n", "\u{1}"]
    self = (0...sampler.upTo(4)).map { _ in pieces[sampler.upTo(pieces.count - 1)] }.joined()
  }
}

extension [UInt8]: Sampled {
  init(sampling sampler: inout Sampler) {
    self = (0..<sampler.upTo(40)).map { _ in UInt8(sampling: &sampler) }
  }
}

extension ImageEnumeration where Self: Sampled {
  init(sampling sampler: inout Sampler) {
    let numbers = Self.names.keys.sorted()
    self.init(rawValue: numbers[sampler.upTo(numbers.count - 1)])
  }
}
