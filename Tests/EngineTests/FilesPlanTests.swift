import Images
import Linux
import Testing

@testable import Engine

@Suite struct FilesPlanTests {
  private func descriptor(_ number: UInt32, _ id: UInt32, _ type: FdTypes = .reg, closeOnExec: Bool = false)
    -> FdinfoEntry
  {
    FdinfoEntry {
      $0.fd = number
      $0.id = id
      $0.type = type
      $0.flags = closeOnExec ? 1 : 0
    }
  }

  private func holder(_ pid: Int32, _ descriptors: [FdinfoEntry]) -> FileHolder {
    FileHolder(
      pid: pid, subject: "pid \(pid)", filesID: UInt32(pid), descriptors: descriptors, filesystem: nil)
  }

  /// Pipes 10 and 11 are ends of one pipe; 20 carries 30.
  private func ownership(_ holders: [FileHolder]) -> [FileOwnership.Group] {
    func describe(_ key: FileKey) -> (group: FileGroupKey, carried: [FileKey])? {
      let number: UInt64 = key.type == .pipe ? 1000 : UInt64(key.id)
      return (FileGroupKey(type: key.type, number: number), key.id == 20 ? [FileKey(type: .reg, id: 30)] : [])
    }
    let keys =
      (1...5).map { FileKey(type: .reg, id: $0) } + [11, 10].map { FileKey(type: .pipe, id: $0) }
      + [20, 30].map { FileKey(type: .reg, id: $0) }
    return FileOwnership(
      holders: holders, describing: { keys.contains($0) ? describe($0) : nil },
      members: { Dictionary(grouping: keys) { describe($0)!.group } }
    ).groups
  }

  @Test func theFirstTaskThatHoldsAnyFileOfAGroupMakesAllOfIt() {
    let groups = ownership([
      holder(5, [descriptor(0, 1), descriptor(1, 10, .pipe)]),
      holder(6, [descriptor(0, 11, .pipe), descriptor(1, 2), descriptor(2, 1)]),
    ])
    #expect(groups.map(\.owner) == [0, 0, 1])
    #expect(groups.map { $0.members.map(\.id) } == [[1], [10, 11], [2]])
  }

  @Test func aCarriedFileIsMadeWhereItsCarrierIsUnlessATaskHoldsIt() {
    let carried = ownership([holder(5, [descriptor(0, 1)]), holder(6, [descriptor(0, 20)])])
    #expect(carried.map { $0.members.map(\.id) } == [[1], [20], [30]] && carried.map(\.owner) == [0, 1, 1])
    let held = ownership([holder(5, [descriptor(0, 30)]), holder(6, [descriptor(0, 20)])])
    #expect(held.map { $0.members.map(\.id) } == [[30], [20]] && held.map(\.owner) == [0, 1])
  }

  @Test func filesThatNobodyHoldsAreNotMade() {
    #expect(ownership([holder(5, [descriptor(0, 1)])]).count == 1)
  }

  @Test func ownershipOfManyDescriptorsIsLinear() {
    let many = (0..<5000).map { descriptor(UInt32($0), UInt32($0 % 5 + 1)) }
    #expect(ownership([holder(1, many), holder(2, many)]).count == 5)
  }

  @Test func numbersOfOneFileStandTogetherAndGapsAreFound() {
    let plan = DescriptorPlan([
      descriptor(7, 1, closeOnExec: true), descriptor(0, 1), descriptor(1, 2), descriptor(2, 2), descriptor(4, 3),
    ])
    #expect(plan.order.map(\.id) == [1, 2, 3])
    #expect(plan.targets[FileKey(type: .reg, id: 1)]?.map(\.number) == [0, 7])
    #expect(plan.targets[FileKey(type: .reg, id: 1)]?.map(\.closeOnExec) == [false, true])
    #expect(plan.end == 8)
    #expect([0, 3, 4, 5, 7].map { plan.firstOutside(from: $0) } == [3, 3, 5, 5, 8])
    #expect(plan.isTarget(4) && !plan.isTarget(3))
  }

  @Test func aTaskWithoutDescriptorsHasRoomFromZero() {
    let plan = DescriptorPlan([])
    #expect(plan.end == 0 && plan.firstOutside(from: 0) == 0 && plan.order.isEmpty)
  }
}

@Suite struct FDInfoTests {
  @Test func flagsAndLinesAreFoundByTheirNames() throws {
    let text = "pos:\t5\nflags:\t02100002\nmnt_id:\t29\nino:\t1234\neventfd-count:                7\nlock:\t1: POSIX\n"
    let info = try #require(FDInfo(parsing: Array(text.utf8)))
    #expect(info.flags == 0o2100002 && info.closeOnExec && info.values(of: "mnt_id:") == ["29"])
    #expect(info.values(of: "eventfd-count:") == ["7"] && info.values(of: "lock:") == ["1: POSIX"])
    #expect(info.has("lock:") && !info.has("tfd:") && !info.has("1234") && !info.has("loc:"))
  }

  @Test func textWithoutFlagsIsNoDescriptor() {
    #expect(FDInfo(parsing: Array("pos:\t5\n".utf8)) == nil)
    #expect(FDInfo(parsing: []) == nil)
  }

  @Test func aDescriptorOfOurOwnIsRead() throws {
    let directory = try FilePath("/proc").open(flags: Int32(FileFlags.directory), remedy: "Mount /proc.")
    let info = try FDInfo.read(pid: currentPid(), descriptor: directory.borrowed().raw)
    #expect(info.closeOnExec && info.flags & FileFlags.directory != 0 && info.has("mnt_id:"))
  }
}

@Suite struct FilePathTests {
  @Test(arguments: [("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("/a/b/c", "/a/b")])
  func theParentIsWhatStandsBeforeTheLastSlash(_ path: String, _ parent: String) {
    #expect(FilePath(path).parent == FilePath(parent))
  }

  @Test func aSuffixIsDroppedOnlyWhereItStands() {
    #expect(FilePath("/a (deleted)").dropping(suffix: " (deleted)") == "/a")
    #expect(FilePath("/a").dropping(suffix: " (deleted)") == nil)
    #expect(FilePath(" (deleted)").dropping(suffix: " (deleted)") == nil)
  }

  @Test func deviceNumbersGoThroughTheLibrarysForm() {
    for device in [(1, 3), (8, 0x12345), (0xabc, 0xff), (136, 70000)].map({ DeviceNumber(major: $0.0, minor: $0.1) }) {
      #expect(DeviceNumber(libraryForm: device.libraryForm) == device)
    }
    #expect(DeviceNumber(major: 1, minor: 3).kernelForm == 1 << 20 | 3)
  }
}

@Suite struct BuildIDTests {
  @Test func theBuildIDOfAProgramIsFound() throws {
    let words = try BuildID.read(named: "this test", from: "/proc/self/exe")
    #expect(words.isEmpty || words.count == 5)
    #expect(try BuildID.read(named: "no program", from: "/proc/self/status") == [])
  }

  @Test func theNoteIsFoundBehindOthersAndShortOnesAreFilled() {
    func note(_ type: UInt8, _ name: String, _ content: [UInt8]) -> [UInt8] {
      var bytes: [UInt8] = [UInt8(name.utf8.count + 1), 0, 0, 0, UInt8(content.count), 0, 0, 0, type, 0, 0, 0]
      bytes += Array(name.utf8) + [0]
      while bytes.count % 4 != 0 { bytes.append(0) }
      bytes += content
      while bytes.count % 4 != 0 { bytes.append(0) }
      return bytes
    }
    let notes = note(1, "Go", [1, 2, 3, 4, 5]) + note(3, "GNU", [1, 2, 3, 4, 5, 6])
    #expect(BuildID.buildID(inNotes: notes) == [0x04030201, 0x0605, 0, 0, 0])
    #expect(BuildID.buildID(inNotes: Array(notes.dropLast(4))) == nil)
    #expect(BuildID.buildID(inNotes: note(3, "Xen", [1])) == nil)
  }
}
