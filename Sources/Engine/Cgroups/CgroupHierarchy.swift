internal import Images
internal import Linux

/// One hierarchy of cgroups, open: a mount of our own that no path leads to, or a directory of the yard.
final class CgroupHierarchy {
  /// Controllers with commas between them, "name=systemd"; empty for version 2.
  let name: String
  private let mount: OwnedFD?
  private let directory: String

  /// - Parameter yard: Holds mounted hierarchies (--cgroup-yard).
  /// - Throws: `EPERM` without CAP_SYS_ADMIN, `ENOENT` or `EINVAL` this host has no such hierarchy.
  init(_ name: String, yard: String?) throws(Failure) {
    self.name = name
    if let yard {
      mount = nil
      directory = "\(yard)/\(CgroupHierarchy.directoryName(of: name))"
      guard try FilePath(directory).status(following: true)?.format == .directory else {
        throw Failure(
          "open the cgroup hierarchy", "\(directory), which is no directory", .noEntry,
          remedy: "Mount the hierarchy of \(name.isEmpty ? "version 2" : name) there, or leave --cgroup-yard out.")
      }
      return
    }
    let isNamed = name.hasPrefix("name=")
    let mount = try mountDetached(
      name.isEmpty ? "cgroup2" : "cgroup", flags: isNamed ? [] : name.split(separator: ",").map(String.init),
      texts: isNamed ? [("name", String(name.dropFirst("name=".count)))] : [],
      name.isEmpty ? "version 2" : name,
      remedy: "Run with CAP_SYS_ADMIN, name the mounted hierarchies with --cgroup-yard, leave this one out of the dump "
        + "with --cgroup-dump-controller, or give --manage-cgroups=ignore.")
    directory = mount.withRaw { "/proc/self/fd/\($0)" }
    self.mount = consume mount
  }

  var isVersion2: Bool { name.isEmpty }

  /// The path of a cgroup's directory, for this process and for those that it clones, as long as `self` is there.
  ///
  /// - Parameter cgroup: "/" or "/a/b".
  func path(of cgroup: String) -> FilePath {
    FilePath(Array(directory.utf8) + (cgroup == "/" ? [] : cgroup.losslessBytes))
  }

  func remove(_ cgroup: String) throws(Failure) { try path(of: cgroup).unlink(directory: true) }

  /// As a yard names it (criu(8), --cgroup-yard).
  private static func directoryName(of name: String) -> String {
    if name.isEmpty { return "unified" }
    return name.hasPrefix("name=") ? String(name.dropFirst("name=".count)) : name
  }

  /// For messages.
  func subject(_ cgroup: String) -> String { "\(cgroup) of \(isVersion2 ? "version 2" : name)" }
}

extension String {
  /// A cgroup's path and what is below it, whose path begins with a slash.
  func appending(cgroup: some StringProtocol) -> String {
    cgroup.isEmpty ? self : self == "/" ? "/\(cgroup)" : "\(self)/\(cgroup)"
  }

  /// What is left of a cgroup's path below another, without the first slash; `nil` when it is not below.
  func belowCgroup(_ root: String) -> Substring? {
    if self == root { return "" }
    let prefix = root == "/" ? "/" : root + "/"
    return hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
