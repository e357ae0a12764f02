internal import CLinux
internal import Glibc

/// The descriptor numbers of a task, ascending (/proc/PID/fd).
public func descriptorNumbers(of pid: Int32) throws(Failure) -> [CInt] {
  let path = FilePath("/proc/\(pid)/fd")
  let remedy = "The task ended, or /proc is not mounted or hides it (hidepid)."
  let directory = try path.open(flags: CL_O_RDONLY | CL_O_DIRECTORY, remedy: remedy)
  var numbers: [CInt] = []
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = try check("list the descriptors", "\(path)", remedy: remedy) {
      buffer.withUnsafeMutableBytes { buffer in
        directory.withRaw {
          systemCall(SystemCall(SYS_getdents64), Int($0), Int(bitPattern: buffer.baseAddress), buffer.count)
        }
      }
    }
    if count == 0 { return numbers.sorted() }
    appendNumbers(from: buffer[..<count], to: &numbers)
  }
}

/// struct linux_dirent64: inode u64, offset i64, byte count of the record u16, type u8, name with NUL.
private func appendNumbers(from records: ArraySlice<UInt8>, to numbers: inout [CInt]) {
  var start = 0
  while start < records.count {
    let byteCount = Int(records[start + 16]) | Int(records[start + 17]) << 8
    let name = records[start + 19..<start + byteCount].prefix { $0 != 0 }
    if let number = CInt(String(decoding: name, as: UTF8.self)) { numbers.append(number) }
    start += byteCount
  }
}
