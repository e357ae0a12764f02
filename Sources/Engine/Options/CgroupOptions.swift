/// What a dump and a restore are told about cgroups (criu(8)). Paths of files and of the yard are absolute.
public struct CgroupOptions: Sendable {
  public var mode = CgroupMode.soft
  /// Directories below which the cgroups of a hierarchy are dumped, or put (--cgroup-root): by controller,
  /// "name=systemd", or `nil` for all others.
  public var roots: [(controller: String?, path: String)] = []
  /// Specifications of properties (`CgroupPropertyNames`), applied in this order: the text of --cgroup-props, and what
  /// the file of --cgroup-props-file holds.
  public var properties: String?
  public var propertiesFile: String?
  /// Hierarchies as /proc/PID/cgroup names them; all others are left out. Empty: none is.
  public var onlyControllers: [String] = []
  /// A directory with the hierarchies mounted below it, "cpu,cpuacct", "systemd", "unified": none is mounted then.
  public var yard: String?

  public init() {}

  /// The root for a hierarchy; the last that was given for one of its controllers.
  func root(for controllers: [String]) -> String? {
    roots.last { $0.controller.map(controllers.contains) ?? false }?.path ?? roots.last { $0.controller == nil }?.path
  }
}
