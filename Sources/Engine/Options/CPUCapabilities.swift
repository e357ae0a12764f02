/// What is compared of the processors of a dump and of a restore (criu(8), --cpu-cap); bits are those of the RPC field.
public struct CPUCapabilities: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The state of the floating point unit must fit.
  public static let floatingPoint = CPUCapabilities(rawValue: 1)
  /// The processor must be exactly the same.
  public static let exact = CPUCapabilities(rawValue: 2)
  /// Every instruction of the old processor must be there.
  public static let instructions = CPUCapabilities(rawValue: 4)
  /// An image of the processor is written and read: set where the user asked for any of the above.
  public static let image = CPUCapabilities(rawValue: 8)

  public static let all: CPUCapabilities = [.floatingPoint, .exact, .instructions]
  /// Without the option: what core images say of the floating point unit, and no image.
  public static let initial: CPUCapabilities = [.floatingPoint, .instructions]
}
