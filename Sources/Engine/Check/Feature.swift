public import Linux

/// An ability of the kernel, and how it is tried: never by the kernel's version, since distributions carry changes over
/// and build without others.
public struct Feature: Sendable {
  /// When `criu check` tries it (criu(8), "check").
  public enum Category: Sendable {
    /// Without it nothing can be dumped or restored.
    case required
    /// Some trees need it.
    case specific
    case experimental
    /// Only when asked for by name: hosts do well without it.
    case named
  }

  /// As `--feature` has it.
  public let name: String
  public let category: Category
  /// What needs it, to follow "needed for".
  public let use: String
  /// Leaves nothing behind. Throws what the kernel answered.
  let probe: @Sendable () throws(Failure) -> Void

  init(_ name: String, _ category: Category, _ use: String, probe: @escaping @Sendable () throws(Failure) -> Void) {
    self.name = name
    self.category = category
    self.use = use
    self.probe = probe
  }

  /// Tries the feature.
  ///
  /// - Throws: The kernel's answer, for a feature that it has not.
  public func check() throws(Failure) {
    do throws(Failure) { try probe() } catch {
      throw Failure(
        "use the kernel's feature \(name)", error.attempted, error.errno,
        remedy: "It is needed for \(use): use a kernel that has it.")
    }
  }

  /// All features that have a name in CRIU 4.2, and those that this engine itself cannot do without.
  public static let all: [Feature] =
    requiredFeatures + fileFeatures + mountFeatures + memoryFeatures + taskFeatures + traceFeatures + timerFeatures
    + namespaceFeatures + socketFeatures + linkFeatures + firewallFeatures

  /// - Returns: `nil` for a name that there is not.
  public static func named(_ name: String) -> Feature? { all.first { $0.name == name } }
}
