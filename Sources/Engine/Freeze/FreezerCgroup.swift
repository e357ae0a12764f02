public import Linux
internal import Streams

/// A cgroup that holds the tree, frozen while the tree is seized, so that it cannot change meanwhile
/// (criu(8), --freeze-cgroup).
///
/// A frozen task does not stop for a tracer with version 1, so that all are asked to stop while the cgroup is frozen, and
/// stop when it is let go.
public final class FreezerCgroup {
  private let path: String
  private var file: String
  private var frozenWord: String
  private var thawedWord: String
  /// Tasks that were found frozen are left so.
  public let wasFrozen: Bool

  /// - Parameter path: Of the cgroup's directory: one of the freezer hierarchy, or of version 2.
  /// - Throws: `ENOENT` it cannot be frozen.
  public init(_ path: String) throws(Failure) {
    self.path = path
    let state: String
    do throws(Failure) {
      (file, frozenWord, thawedWord) = (path + "/cgroup.freeze", "1", "0")
      state = try readText(file)
    } catch {
      (file, frozenWord, thawedWord) = (path + "/freezer.state", "FROZEN", "THAWED")
      state = try readText(file)
    }
    wasFrozen = !state.hasPrefix(thawedWord)  // FREEZING too
  }

  /// What the journal writes where, when we are lost.
  var undo: (path: String, text: String) { (file, thawedWord) }

  /// Freezes it, and waits until it is.
  ///
  /// - Throws: `ETIMEDOUT` a task did not freeze.
  func freeze(until deadline: Deadline) throws(Failure) {
    try write(frozenWord)
    while try !isFrozen() {
      if deadline.hasPassed {
        throw Failure(
          "freeze the cgroup", path, .timedOut,
          remedy: "A task in it waits where it cannot be stopped: let that end, or give a longer --timeout.")
      }
      pause(for: .microseconds(200))
    }
  }

  /// Frozen tasks that we trace stay where they are.
  func write(isFrozen: Bool) throws(Failure) { try write(isFrozen ? frozenWord : thawedWord) }

  private func isFrozen() throws(Failure) -> Bool {
    frozenWord == "1"
      ? try readText(path + "/cgroup.events").contains("frozen 1") : try readText(file).hasPrefix(frozenWord)
  }

  private func write(_ word: String) throws(Failure) {
    try writeText(
      word, to: file, "change the state of the cgroup",
      remedy: "Run as root, and name a cgroup of the freezer or of version 2 with --freeze-cgroup.")
  }
}
