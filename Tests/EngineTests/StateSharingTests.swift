import Images
import Linux
import Testing

@testable import Engine

private func task(_ pid: Int32, _ parent: Int32, vm: Int32, files: UInt32, fs: UInt32) -> TaskPlan {
  TaskPlan(
    entry: PstreeEntry {
      $0.pid = UInt32(pid)
      $0.ppid = UInt32(parent)
      $0.pgid = 10
      $0.sid = 10
    }, core: TaskCoreEntry { $0.taskState = 1 }, threads: [],
    ids: TaskKobjIdsEntry {
      $0.vmId = UInt32(vm)
      $0.filesId = files
      $0.fsId = fs
    }, memory: nil, filesystem: nil, descriptors: [])
}

private func sharing(_ tasks: [TaskPlan]) throws(Failure) -> TaskSharing {
  try TaskSharing(tasks, births: try BirthPlan(tasks, isShellJob: false) { _ in false })
}

@Test func aTaskSharesWhatItsMakerHas() throws {
  let sharing = try sharing([
    task(10, 0, vm: 1, files: 1, fs: 1), task(11, 10, vm: 2, files: 1, fs: 2), task(12, 11, vm: 3, files: 1, fs: 2),
    task(13, 10, vm: 4, files: 2, fs: 1),
  ])
  #expect(sharing.withMaker(of: 10) == [])
  #expect(sharing.withMaker(of: 11) == [.descriptors])
  #expect(sharing.withMaker(of: 12) == [.descriptors, .filesystem])
  #expect(sharing.withMaker(of: 13) == [.filesystem])
}

@Test(arguments: [(1, 2, 3), (3, 2, 1), (3, 1, 2)] as [(Int32, UInt32, UInt32)])
func whatNoMakerCanGiveIsRefusedByTheNamesOfBoth(_ vm: Int32, _ files: UInt32, _ fs: UInt32) throws {
  do throws(Failure) {
    _ = try sharing([
      task(10, 0, vm: 9, files: 9, fs: 9), task(11, 10, vm: 1, files: 1, fs: 1),
      task(12, 10, vm: vm, files: files, fs: fs),
    ])
    Issue.record("it was planned")
  } catch {
    #expect(error.errno == .notSupported)
    #expect(error.subject.contains("pid 12") && error.subject.contains("pid 11"))
  }
}

/// A thread stands for a process with our memory.
@Test func aProcessThatSharesItsMemoryIsRefusedByThePidsOfBoth() throws {
  var ids = try TaskIDs()
  let other = try #require(try threads(of: currentPid()).first { $0 != currentPid() })
  do throws(Failure) {
    _ = try ids.ids(of: other)
    Issue.record("it was dumped")
  } catch {
    #expect(error.errno == .notSupported)
    #expect(error.subject == "pid \(other) and pid \(currentPid())")
  }
}
