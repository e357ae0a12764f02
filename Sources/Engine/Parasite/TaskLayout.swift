internal import Linux

/// What the injection needs of a task's mappings (/proc/PID/maps): its code, and where there is room.
struct TaskLayout {
  struct Mapping {
    let start, end: UInt64
    let isReadable, isWritable, isExecutable, isShared: Bool
    let offset: UInt64
    /// As text: they are only compared.
    let device, inode: String
    let path: String

    var byteCount: UInt64 { end - start }
    var isLibC: Bool { path.hasSuffix("/libc.so.6") || path.contains("/ld-musl") }
  }

  let mappings: [Mapping]

  init(of pid: Int32) throws(Failure) {
    mappings = try readBytes("/proc/\(pid)/maps").split(separator: UInt8(ascii: "\n")).compactMap(TaskLayout.mapping)
  }

  /// "start-end rwxp offset device inode   path".
  private static func mapping(_ line: ArraySlice<UInt8>) -> Mapping? {
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
    guard fields.count >= 5, let dash = fields[0].firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let permissions = Array(fields[1])
    guard permissions.count == 4 else { return nil }
    return Mapping(
      start: hexadecimal(fields[0][..<dash]), end: hexadecimal(fields[0][(dash + 1)...]),
      isReadable: permissions[0] == UInt8(ascii: "r"), isWritable: permissions[1] == UInt8(ascii: "w"),
      isExecutable: permissions[2] == UInt8(ascii: "x"), isShared: permissions[3] == UInt8(ascii: "s"),
      offset: hexadecimal(fields[2]), device: String(decoding: fields[3], as: UTF8.self),
      inode: String(decoding: fields[4], as: UTF8.self),
      path: fields.count < 6 ? "" : String(decoding: fields[5].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self))
  }

  private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt64 {
    text.reduce(0) { $0 << 4 | UInt64($1 >= UInt8(ascii: "a") ? $1 - UInt8(ascii: "a") + 10 : $1 - UInt8(ascii: "0")) }
  }

  /// Room for `byteCount` bytes, away from what may grow: stacks downwards, the heap upwards.
  func hole(byteCount: UInt64) -> UInt64? {
    let margin: UInt64 = 16 << 20
    var end: UInt64 = 1 << 20
    var best: UInt64?
    for mapping in mappings where mapping.start < 1 << 47 {
      if mapping.start > end, mapping.start - end >= byteCount + 2 * margin { best = mapping.start - margin - byteCount }
      end = max(end, mapping.end)
    }
    return best.map { $0 & ~0xfff }
  }
}
