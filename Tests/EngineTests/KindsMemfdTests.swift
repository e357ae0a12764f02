import Glibc
import Images
import Linux
import Streams
import Testing

@testable import Engine

/// A process is dumped, restored as another one, and that one is dumped again.
@Suite(.enabled(if: geteuid() == 0, "looks into other processes: needs root"), .serialized)
struct KindsMemfdTests {
  @Test func memfdsComeBackWithContentsPositionsAndFlags() throws {
    let text = Array("contents of a memfd".utf8)
    var victim: KindsProcess? = try KindsProcess.ready { _ in
      let object = try SharedMemoryFile.create(name: "test memfd")
      let file = BorrowedFD(try object.descriptor.borrowed().duplicate(from: 0, "x"))
      try file.write(text.span.bytes, "x")
      try file.seek(to: 5, "x")
      let reader = try file.reopened(flags: 0, "x")
      try BorrowedFD(reader).seek(to: 9, "x")
      try keepOnly([file.raw, reader])
    }
    let set = try KindsSet(dumping: [victim!])
    victim = nil
    let restored = try set.restored()
    let again = try KindsSet(dumping: restored)

    let records = try [set, again].map { try $0.files.compactMap(\.memfd) }
    #expect(records[0].map(\.pos) == [5, 9] && records[1].map(\.pos) == [5, 9])
    #expect(records[0].map(\.inodeId) == [1, 1] && records[1].map(\.inodeId) == [1, 1])
    #expect(records[0].map { $0.flags & 3 } == [2, 0] && records[1].map { $0.flags & 3 } == [2, 0])
    let inodes = try [set, again].map { try $0.records(of: MemfdInodeEntry.self, in: .memfd) ?? [] }
    #expect(inodes[1].map(\.name) == ["test memfd"])
    #expect(inodes[1].map(\.size) == inodes[0].map(\.size) && inodes[1].map(\.mode) == inodes[0].map(\.mode))
    let process = try openProcess(restored[0].pid)
    let file = try copyDescriptor(CInt(set.descriptors[0][0].fd), of: process.borrowed(), "x")
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = try file.borrowed().read(into: &bytes, "x")
    #expect(Array(bytes[..<count]) == Array(text[5...]))
  }

  @Test func aGivenFileTakesThePlaceOfTheMemfdThatItNames() throws {
    let victim = try KindsProcess.ready { _ in
      let object = try SharedMemoryFile.create(name: "given")
      try keepOnly([try object.descriptor.borrowed().duplicate(from: 0, "x")])
    }
    let given = try makeEventfd(counter: 0, isSemaphore: false)
    var options = RestoreOptions(imagesDirectory: "/", workDirectory: "/")
    options.inherited = [.init(descriptor: given.borrowed().raw, resource: "/memfd:given")]
    let set = try KindsSet(dumping: [victim])
    let restored = try set.restored(options: options)
    let number = Int(set.descriptors[0][0].fd)
    #expect(
      try compare(.file, of: restored[0].pid, number, with: getpid(), Int(given.borrowed().raw)) == .same)
  }
}
