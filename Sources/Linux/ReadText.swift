internal import CLinux
internal import Glibc

/// The whole text of a small file, as those of /proc.
public func readText(_ path: String) throws(Failure) -> String {
  String(decoding: try readBytes(path), as: UTF8.self)
}

/// The bytes of a small file, as those of /proc.
///
/// - Parameter isOneRecord: Of a file that the kernel writes as a whole, so that a read that is not filled was the last.
public func readBytes(_ path: String, isOneRecord: Bool = false) throws(Failure) -> [UInt8] {
  let remedy = "The task ended, or /proc is not mounted or hides it (hidepid)."
  let file = try check("open the file", path, remedy: remedy) {
    path.withCString {
      systemCall(SystemCall(SYS_openat), Int(AT_FDCWD), Int(bitPattern: $0), Int(O_RDONLY | O_CLOEXEC))
    }
  }
  let owned = OwnedFD(adopting: CInt(file))
  var bytes = [UInt8](repeating: 0, count: 4096)
  var filled = 0
  while true {
    let count = try check("read the file", path, remedy: remedy) {
      owned.withRaw { raw in
        bytes.withUnsafeMutableBytes {
          systemCall(SystemCall(SYS_read), Int(raw), Int(bitPattern: $0.baseAddress! + filled), $0.count - filled)
        }
      }
    }
    if count == 0 { break }
    filled += count
    if isOneRecord, filled < bytes.count { break }
    if filled == bytes.count { bytes += [UInt8](repeating: 0, count: filled) }
  }
  bytes.removeLast(bytes.count - filled)
  return bytes
}

/// The number behind a word at the beginning of a line, as in /proc/meminfo and memory.stat of a cgroup.
///
/// - Returns: `nil` where no line begins so.
public func number(after word: String, in path: String) throws(Failure) -> Int? {
  for line in try readBytes(path).split(separator: UInt8(ascii: "\n")) where line.starts(with: word.utf8) {
    let words = line.split(separator: UInt8(ascii: " "))
    if words.count >= 2, words[0].elementsEqual(word.utf8) { return Int(String(decoding: words[1], as: UTF8.self)) }
  }
  return nil
}

/// Writes a short text to an existing file in one write(2), as those of /proc take it.
public func writeText(
  _ text: String, to path: String, _ attempted: @autoclosure () -> String, remedy: @autoclosure () -> String
) throws(Failure) {
  let file = try check(attempted(), path, remedy: remedy()) {
    path.withCString {
      systemCall(SystemCall(SYS_openat), Int(AT_FDCWD), Int(bitPattern: $0), Int(O_WRONLY | O_CLOEXEC))
    }
  }
  let owned = OwnedFD(adopting: CInt(file))
  let bytes = Array(text.utf8)
  try check(attempted(), path, remedy: remedy()) {
    owned.withRaw { raw in
      bytes.withUnsafeBytes { systemCall(SystemCall(SYS_write), Int(raw), Int(bitPattern: $0.baseAddress), $0.count) }
    }
  }
}
