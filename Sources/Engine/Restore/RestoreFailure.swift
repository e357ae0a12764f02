internal import CParasite
internal import Linux

/// The words for a failure that a task of a restore reported by number (restorer.h).
struct RestoreFailure {
  let failure: Failure

  init(_ record: restore_failure) {
    let subject = "pid \(record.pid)"
    let errno = Errno(record.error)
    if record.resource == RESTORE_RESOURCE_FAILURE_TEXT.rawValue {
      let texts = RestoreFailure.texts(of: record)
      failure = texts[3].split(separator: "\n")
        .reduce(Failure(texts[0], texts[1], errno, remedy: texts[2])) { $0.during(String($1)) }
        .during("restoring \(subject)")
    } else {
      let words = RestoreFailure.words(resource: record.resource, item: record.item)
      failure = Failure(words.attempted, "\(words.subject) of \(subject)", errno, remedy: words.remedy)
    }
  }

  private static func texts(of record: restore_failure) -> [String] {
    let bytes = withUnsafeBytes(of: record.text) { [UInt8]($0) }
    var texts = bytes.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    while texts.count < 4 { texts.append("") }
    return texts
  }

  private static func words(
    resource: UInt32, item: UInt64
  ) -> (attempted: String, subject: String, remedy: String) {
    let address = "0x" + String(item, radix: 16)
    switch restore_resource(resource) {
    case RESTORE_RESOURCE_UNMAP:
      return ("unmap our own memory", "range at \(address)", report)
    case RESTORE_RESOURCE_MOVE_MAPPING:
      return ("move a mapping into place", "mapping at \(address)", "Check vm.max_map_count and the limits of memory.")
    case RESTORE_RESOURCE_MAP:
      return ("map memory", "mapping at \(address)", "Check vm.max_map_count, vm.overcommit_memory and free memory.")
    case RESTORE_RESOURCE_PROTECT:
      return ("protect a mapping", "mapping at \(address)", "Check that the mapped file's mount is not noexec.")
    case RESTORE_RESOURCE_ADVISE:
      return ("advise a mapping", "mapping at \(address)", "The kernel lacks a property that this mapping had.")
    case RESTORE_RESOURCE_VDSO:
      return ("move the vdso into place", "vdso at \(address)", "Restore on a kernel with the same vdso layout.")
    case RESTORE_RESOURCE_MM:
      return ("set the memory layout", "prctl(PR_SET_MM_MAP)", "Run with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.")
    case RESTORE_RESOURCE_THREAD:
      return ("start the thread", "tid \(item)", "Another process took this id: wait for its end, or use criu-ns.")
    case RESTORE_RESOURCE_WAIT:
      return ("wait for the end of a child", "child \(item)", report)
    case RESTORE_RESOURCE_STATE:
      return restoreStateWords(item: item)
    default:
      return ("restore the task", "resource \(resource), item \(item)", report)
    }
  }

  private static let report = "This is a defect of this program: keep the images and the log."
}
