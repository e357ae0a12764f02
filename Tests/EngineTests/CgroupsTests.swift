import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

private let quiet = Log(descriptor: 2, level: .error)

@Suite(.serialized) struct CgroupsTests {
  // MARK: Specifications

  private func names(_ text: String, of controller: String) throws -> [String] {
    var options = CgroupOptions()
    options.properties = text
    return try CgroupPropertyNames(options).names(for: [controller])
  }

  private let common = ["cgroup.clone_children", "notify_on_release", "cgroup.procs", "tasks"]

  @Test func aSpecificationMergesOrReplacesAndAddsControllers() throws {
    let text = """
      "pids":
       - "strategy": "merge"
       - "properties": ["pids.max", "pids.events"]
      "blkio":
       - "strategy": "replace"
       - "properties": [ "blkio.x" ]
       "new":
       - "strategy": "merge"
       - "properties": []
      """
    #expect(try names(text, of: "pids") == ["pids.max", "pids.events"] + common)
    #expect(try names(text, of: "blkio") == ["blkio.x"] + common)
    #expect(try names(text, of: "new") == common)
    #expect(try names(text, of: "devices") == ["devices.list"] + common)
  }

  @Test(arguments: [
    ("pids:", "the name of a controller is missing at: pids:"),
    ("\"pids\":\n- \"strategy\"", ":\\n -  is missing at: :\\n- \"strategy\""),
    ("\"pids\":\n - \"strategy\": \"mix\"\n", "\"merge\" or \"replace\" is missing at: mix"),
    ("\"p\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"a\" \"b\"]", "] is missing at: \"b\"]"),
    ("\"p\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"a\",]", "the name of a property is missing at: ]"),
  ])
  func aSpecificationOfAnotherFormIsRefusedWhereItGoesWrong(_ text: String, _ found: String) {
    let refused = #expect(throws: Failure.self) { _ = try names(text, of: "pids") }
    #expect(refused?.subject == "--cgroup-props: " + found)
    #expect(refused?.remedy.contains("as criu(8) shows under --cgroup-props") == true)
    #expect(refused?.errno == .invalid)
  }

  // MARK: Roots

  private func entry(path: String, prefix: UInt32? = nil, directory: String) -> CgroupEntry {
    CgroupEntry {
      $0.sets = [
        CgSetEntry {
          $0.id = 2
          $0.ctls = [
            CgMemberEntry {
              $0.name = "cpu,cpuacct"
              $0.path = path
              $0.cgnsPrefix = prefix
            }
          ]
        }
      ]
      $0.controllers = [
        CgControllerEntry {
          $0.cnames = ["cpu", "cpuacct"]
          $0.dirs = [CgroupDirEntry { $0.dirName = directory }]
        }
      ]
    }
  }

  @Test(arguments: [
    ("/a/b/c", nil, "a/b", "/new", "/new/c", "new", nil),
    ("/x", nil, "", "/new", "/new/x", "new", nil),
    ("/ab/c", nil, "a", "/new", "/ab/c", "a", nil),
    ("/a/b/c", 2, "a/b", "/new/one", "/new/one/b/c", "new/one/b", 8),
  ] as [(String, UInt32?, String, String, String, String, UInt32?)])
  func aNewRootReplacesTheDumpedOne(
    _ path: String, _ prefix: UInt32?, _ directory: String, _ root: String, _ moved: String, _ movedDirectory: String,
    _ movedPrefix: UInt32?
  ) {
    var record = entry(path: path, prefix: prefix, directory: directory)
    var options = CgroupOptions()
    options.roots = [(nil, "/other"), ("cpuacct", root)]
    record.moveRoots(options)
    #expect(record.sets[0].ctls[0].path == moved)
    #expect(record.controllers[0].dirs[0].dirName == movedDirectory)
    #expect(record.sets[0].ctls[0].cgnsPrefix == movedPrefix)
  }

  // MARK: Directories

  private static let hasPids: Bool = {
    do { return try CgroupMembership.all(pid: currentPid()).contains { $0.hierarchy == "pids" } } catch { return false }
  }()

  private func make(
    _ name: String, mode: CgroupMode, _ journal: any Journal, limit: String = "77"
  ) throws(Failure) -> (CgroupHierarchy, [CgroupDirectory.Pending]) {
    let hierarchy = try CgroupHierarchy("pids", yard: nil)
    let record = CgroupDirEntry {
      $0.dirName = name
      $0.properties = [
        CgroupPropEntry {
          $0.name = "pids.max"
          $0.value = limit
        }
      ]
    }
    return (
      hierarchy,
      try CgroupDirectory.make(record, below: "/", of: hierarchy, mode: mode, journal: journal, log: quiet)
    )
  }

  @Test(.enabled(if: geteuid() == 0 && hasPids, "needs root and the pids controller of version 1"))
  func cgroupsAreMadeAsTheModeSaysAndUndone() throws {
    let name = "criu-test-\(currentPid())"
    let journal = NotedChanges()
    defer { journal.undoAll() }
    for mode in [CgroupMode.none, .properties] {
      let refused = #expect(throws: Failure.self) { _ = try make("\(name)/in", mode: mode, journal) }
      #expect(refused?.summary == "cannot find the cgroup: /\(name)/in of pids: No such file or directory")
      #expect(refused?.remedy.contains("with --manage-cgroups=soft or full") == true)
    }
    let (hierarchy, made) = try make("\(name)/in", mode: .strict, journal)
    #expect(journal.live.count == 2)
    #expect(made.map(\.cgroup) == ["/\(name)/in"])
    let directory = hierarchy.path(of: "/\(name)/in")
    try CgroupProperty.write(made[0].properties[0], in: directory, "x", log: quiet)
    #expect(try CgroupProperty.read("pids.max", in: directory)?.value == "77")
    #expect(try CgroupProperty.read("pids.no", in: directory) == nil)

    let refused = #expect(throws: Failure.self) { _ = try make("\(name)/in", mode: .strict, journal) }
    #expect(refused?.summary == "cannot make the cgroup: /\(name)/in of pids: File exists")
    #expect(refused?.remedy.contains("give another root with --cgroup-root") == true)
    for (mode, count) in [(CgroupMode.soft, 0), (.none, 0), (.full, 1), (.properties, 1)] {
      #expect(try make("\(name)/in", mode: mode, journal).1.count == count, "\(mode)")
    }
    let wrong = CgroupPropEntry {
      $0.name = "pids.max"
      $0.value = "many"
    }
    let unset = #expect(throws: Failure.self) { try CgroupProperty.write(wrong, in: directory, "x", log: quiet) }
    #expect(unset?.attempted == "set the property of the cgroup to many" && unset?.errno == .invalid)

    journal.undoAll()
    #expect(try hierarchy.path(of: "/\(name)").status() == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "mounts: needs root")) func aHierarchyThatIsNotThereIsRefusedByName() {
    let refused = #expect(throws: Failure.self) { _ = try CgroupHierarchy("nosuch", yard: nil) }
    #expect(refused?.summary.hasPrefix("cannot mount the cgroup file system: nosuch: ") == true)
    let yard = #expect(throws: Failure.self) { _ = try CgroupHierarchy("name=one", yard: "/proc") }
    #expect(yard?.subject == "/proc/one, which is no directory")
    #expect(yard?.remedy == "Mount the hierarchy of name=one there, or leave --cgroup-yard out.")
  }

  // MARK: Namespaces

  private func refusal(of processes: [KindsProcess]) throws -> String {
    let tree = FrozenTree(tasks: try processes.map { try $0.frozen() }, freezeBegan: 0, freezeEnded: 0, log: quiet)
    let dump = try CgroupDump(CgroupOptions(), freezer: nil)
    let failure = #expect(throws: Failure.self) { try dump.collect(tree) }
    #expect(failure?.errno == .notSupported)
    return "\(try #require(failure))"
  }

  private static let newCgroup = 0x0200_0000

  @Test(.enabled(if: geteuid() == 0, "makes a namespace: needs root"))
  func aTaskWithACgroupNamespaceOfItsOwnIsRefused() throws {
    let root = try KindsProcess.ready { _ in }
    let other = try KindsProcess.ready { _ in
      try Trial.call("make a cgroup namespace", ProbeCall.unshare, Self.newCgroup)
    }
    let text = try refusal(of: [root, other])
    #expect(text.contains("of pid \(other.pid) (kinds), which is another than that of pid \(root.pid)"), "\(text)")
    #expect(text.contains("dump the part below as a tree of its own"))
  }

  @Test(.enabled(if: geteuid() == 0 && hasPids, "needs root and the pids controller of version 1"))
  func aTaskThatLeftTheRootOfItsCgroupNamespaceIsRefused() throws {
    let names = ["inside", "outside"].map { "criu-test-\(currentPid())-\($0)" }
    let journal = NotedChanges()
    defer { journal.undoAll() }
    let hierarchy = try make(names[0], mode: .strict, journal).0
    _ = try make(names[1], mode: .strict, journal)
    let directories = names.map { hierarchy.path(of: "/\($0)") }
    func move(to directory: FilePath) throws(Failure) {
      try writeText("0", to: "\(directory)/cgroup.procs", "move", remedy: "")
    }
    try withExtendedLifetime(hierarchy) {
      let task = try KindsProcess.ready { _ in
        try move(to: directories[0])
        try Trial.call("make a cgroup namespace", ProbeCall.unshare, Self.newCgroup)
        try move(to: directories[1])
      }
      let text = try refusal(of: [task])
      #expect(text.contains("pid \(task.pid) (kinds) sees /../\(names[1]) where we see /\(names[1]) in pids"), "\(text)")
      #expect(text.contains("move it below that"))
    }
  }
}
