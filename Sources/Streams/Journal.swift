public import Linux

/// A change outside our own memory, entered before it is made, so that it is undone when we fail or are killed.
public enum Change: Sendable {
  /// A file was made: `unlinkat(2)` of the absolute path.
  case fileMade(path: FilePath)
  /// A file was moved out of the way of a socket: moved back, where it is there, in the socket's place.
  case fileMoved(path: FilePath, to: FilePath)
  /// A mapping of ours in a stopped task: removed by a remote munmap(2), after every thread that still runs in it was
  /// sent back to where it was. The last three are the code of the task that its threads are sent through.
  case areaMapped(
    pid: Int32, address: UInt64, byteCount: Int, systemCall: UInt64, signalReturn: UInt64, convention: UInt64)
  /// A file of the kernel was written, such as a cgroup's state: `text` is written to it.
  case stateChanged(path: String, undoText: String)
  /// Rules of the firewall were added, in this network namespace or another: `undoText` takes them out.
  case firewallChanged(Firewall, undoText: String, in: NetworkNamespace?)
  /// A process of ours that must not outlive us: SIGKILL. Without a start time, it is one that cannot end before us.
  case processStarted(pid: Int32, startTime: UInt64?)
  /// A task has a clone: SIGKILL, and the task waits for it. `number` is its pid as the task sees it.
  case taskCloned(task: Int32, clone: Int32, startTime: UInt64, number: Int32)
  /// A segment of shared memory was made (shmget(2)): removed if it has this key and nobody uses it.
  case segmentMade(id: Int32, key: UInt32)
  /// A cgroup was made below the root of a hierarchy, "cpu,cpuacct", "name=systemd", "" for version 2: its directory is
  /// removed.
  case cgroupMade(hierarchy: String, path: String)
}

/// The undo journal (design: "Nothing is left behind").
public protocol Journal: AnyObject {
  /// Enters a change before it is made.
  ///
  /// - Returns: The entry's number, for `strike(_:)`.
  /// - Throws: `ENOSPC` when the journal is full.
  func enter(_ change: Change) throws(Failure) -> Int

  /// Takes an entry back: the change was undone in good order, or is to stay (a set that was committed).
  func strike(_ entry: Int)

  /// Takes all entries back, and enters others, in one step: what the old ones would undo is to outlast us.
  func strikeAll(entering changes: [Change]) throws(Failure)
}
