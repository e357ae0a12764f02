internal import Linux
internal import Streams

/// One task, without its children, stopped for a moment outside of a dump's freeze.
struct HeldTask {
  let task: FrozenTask
  private let log: Log

  /// - Returns: `nil` when it has ended.
  /// - Throws: as `FrozenTree.seize`.
  init?(_ pid: Int32, log: Log) throws(Failure) {
    self.log = log
    for attempt in 0..<100 {
      let seizure = Seizure(root: pid, withChildren: false, timeout: .seconds(10), log: log)
      do throws(Failure) {
        task = try seizure.run().root
        return
      } catch {
        seizure.letGo()
        if !processExists(pid) || error.errno == .noProcess { return nil }
        // A dump may have begun: it ends.
        if error.errno != .busy || attempt == 99 { throw error }
      }
      pause(for: .milliseconds(50))
    }
    return nil
  }

  func letGo() {
    for signal in task.heldSignals { sendSignal(signal, to: task.pid) }
    for thread in task.threads {
      do throws(Failure) { try thread.tracee.detach() } catch { log.debug("thread \(thread.tid) ended: \(error.errno)") }
    }
  }
}
