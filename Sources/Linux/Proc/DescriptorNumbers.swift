/// The descriptor numbers of a task, ascending (/proc/PID/fd).
public func descriptorNumbers(of pid: Int32) throws(Failure) -> [CInt] {
  var numbers: [CInt] = []
  try FilePath("/proc/\(pid)/fd").eachName(
    "list the descriptors", remedy: "The task ended, or /proc is not mounted or hides it (hidepid)."
  ) { name in
    if let number = CInt(String(decoding: name, as: UTF8.self)) { numbers.append(number) }
  }
  return numbers.sorted()
}
