import Glibc
import Linux
import Testing

@Test func aNumberIsFoundByTheWholeFirstWordOfItsLine() throws {
  let path = "/tmp/criu-numbers-\(getpid())"
  try Array("nr_dirty_threshold 7\nof nr_dirty 6\nnr_dirty   5 kB\nempty\n".utf8).withUnsafeBytes { bytes in
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try #require(file >= 0 && write(file, bytes.baseAddress, bytes.count) == bytes.count)
    close(file)
  }
  defer { unlink(path) }
  #expect(try number(after: "nr_dirty", in: path) == 5)
  #expect(try number(after: "nr_dirty_threshold", in: path) == 7)
  #expect(try number(after: "empty", in: path) == nil)
  #expect(try number(after: "nr", in: path) == nil)
}
