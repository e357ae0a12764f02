import Foundation
import Glibc
import Linux
import Sinks
import Streams
import Testing

@testable import Engine

/// A journal that nobody undoes: the directory goes with the test.
private final class NoJournal: Journal {
  func enter(_ change: Change) throws(Failure) -> Int { 0 }
  func strike(_ entry: Int) {}
  func strikeAll(entering changes: [Change]) throws(Failure) {}
}

private let name = ImageName("pages-1.img")!
private let compressed = "pages-1.img.zst"
private let frameByteCount = 1 << 20
/// The last frame is a short one.
private let imageByteCount = 20 * frameByteCount + 40 * 4096

/// Every eight bytes tell their own offset; those of every second half MiB do not shrink.
private func word(at offset: Int) -> UInt64 {
  var value = UInt64(offset)
  if offset >> 19 & 1 == 1 { for shift in [31, 27, 33] { value = (value ^ value >> UInt64(shift)) &* 0x94d0_49bb_1331_11eb } }
  return value
}

/// As a dump compresses it.
private let compressedBytes: [UInt8] = {
  do {
    let image = try CompressedImage { directory, path in
      let sink = ZstdSink(
        DirectorySink(adopting: directory, path: path, contents: .part, durability: .pageCache, journal: NoJournal()),
        level: 1)
      let stream = try sink.open(name)
      let words = stride(from: 0, to: imageByteCount, by: 8).map(word)
      try stream.write(words.span.bytes)
      try stream.finish()
      try sink.commit()
    }
    return [UInt8](try Data(contentsOf: URL(filePath: "\(image.path)/\(compressed)")))
  } catch { fatalError("\(error)") }
}()

/// A directory with one compressed image.
private final class CompressedImage {
  let path: String

  init(_ fill: (consuming OwnedFD, String) throws -> Void) throws {
    var template = Array("/tmp/criu-frames-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
    try fill(try directory(), path)
  }

  convenience init() throws {
    try self.init { _, path in try Data(compressedBytes).write(to: URL(filePath: "\(path)/\(compressed)")) }
  }

  deinit {
    unlink("\(path)/\(compressed)")
    rmdir(path)
  }

  private func directory() throws -> OwnedFD {
    OwnedFD(adopting: CInt(try check("open", path, remedy: "") { File.open(path, [.readOnly, .directory]) }))
  }

  func open() throws -> any ImageReader {
    try #require(try ZstdSource(DirectorySource(adopting: try directory(), path: path)).open(name))
  }

  /// Changes one byte.
  func damage(at offset: Int) throws {
    let file = OwnedFD(
      adopting: CInt(try check("open", path, remedy: "") { File.open("\(path)/\(compressed)", .readWrite) }))
    var byte: UInt8 = 0
    try #require(pread(file.borrowed().raw, &byte, 1, offset) == 1)
    byte ^= 0x10
    try #require(pwrite(file.borrowed().raw, &byte, 1, offset) == 1)
  }

  func cut(to byteCount: Int) { truncate("\(path)/\(compressed)", byteCount) }
}

/// Fills fresh memory with the whole image.
private func fillAll(_ image: CompressedImage, help: FillHelp = FillHelp()) throws -> Bool {
  let memory = try mapAnonymous(byteCount: imageByteCount, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: imageByteCount) }
  let reader = try image.open()
  let fill = FileFill(help: help)
  let extent = try #require(try reader.take(byteCount: imageByteCount))
  try fill.add(extent, into: [UnsafeMutableRawBufferPointer(start: memory, count: imageByteCount)])
  try fill.run()
  return stride(from: 0, to: imageByteCount, by: 8).allSatisfy { (memory + $0).load(as: UInt64.self) == word(at: $0) }
}

@Test(arguments: [true, false]) func framesComeIntoPlace(hasHelp: Bool) throws {
  #expect(try fillAll(try CompressedImage(), help: FillHelp(pids: hasHelp ? freePids() : [])))
}

/// What is taken, read and passed over in turns, into places that are not next to each other.
@Test func partsOfFramesComeIntoPlace() throws {
  let image = try CompressedImage()
  defer { withExtendedLifetime(image) {} }
  let reader = try image.open()
  let fill = FileFill(help: FillHelp(pids: freePids()))
  let memory = try mapAnonymous(byteCount: 2 * imageByteCount, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: 2 * imageByteCount) }
  var random = SystemRandomNumberGenerator()
  var filled: [(offset: Int, place: UnsafeMutableRawBufferPointer)] = []
  var (offset, place, takenCount) = (0, 0, 0)
  while offset < imageByteCount {
    let count = min(4096 * Int.random(in: 1...700, using: &random), imageByteCount - offset)
    if Int.random(in: 0..<4, using: &random) == 0 {
      #expect(try reader.skip(byteCount: count) == count)
    } else {
      var buffers: [UnsafeMutableRawBufferPointer] = []
      var left = count
      while left > 0 {
        let part = min(left, 4096 * Int.random(in: 1...300, using: &random))
        buffers.append(UnsafeMutableRawBufferPointer(start: memory + place, count: part))
        filled.append((offset + count - left, buffers.last!))
        place += part + (filled.count % 3 == 0 ? 0 : 4096)
        left -= part
      }
      if Int.random(in: 0..<4, using: &random) > 0, let extent = try reader.take(byteCount: count) {
        #expect(extent.byteCount == count)
        try fill.add(extent, into: buffers)
        takenCount += 1
      } else {
        #expect(try reader.readFully(into: buffers) == count)
      }
    }
    offset += count
  }
  try fill.run()
  #expect(takenCount > 0)
  for (offset, place) in filled {
    let words = place.bindMemory(to: UInt64.self)
    #expect(words.indices.allSatisfy { words[$0] == word(at: offset + $0 * 8) }, "from \(offset)")
  }
  // All was read, and the seek table fits.
  var byte: UInt8 = 0
  #expect(try withUnsafeMutableBytes(of: &byte) { (byte) throws(Failure) in try reader.read(into: byte) } == 0)
}

@Test func framesAreTakenOnlyWhereItIsWorthIt() throws {
  let image = try CompressedImage()
  defer { withExtendedLifetime(image) {} }
  let reader = try image.open()
  #expect(try reader.take(byteCount: 4096) == nil)
  var page = [UInt8](repeating: 0, count: 4096)
  #expect(try page.withUnsafeMutableBytes { (page) throws(Failure) in try reader.read(into: page) } == 4096)
  // The rest of a frame that is decompressed here already.
  #expect(try reader.take(byteCount: frameByteCount - 4096) == nil)
  let extent = try #require(try reader.take(byteCount: frameByteCount))
  #expect(extent.offset == 4096 && extent.packed?.frames.map(\.offset).first == 0 && extent.packed?.frames.count == 2)
  // Not more than there is.
  #expect(try #require(try reader.take(byteCount: imageByteCount)).byteCount == imageByteCount - frameByteCount - 4096)
  #expect(try reader.take(byteCount: frameByteCount) == nil)
}

@Test(arguments: [true, false]) func aFrameThatIsDamagedIsNamed(hasHelp: Bool) throws {
  let help = FillHelp(pids: hasHelp ? freePids() : [])
  let whole = try CompressedImage()
  let frames = try #require(try whole.open().take(byteCount: imageByteCount)?.packed?.frames)
  withExtendedLifetime(whole) {}
  for index in [0, 7, 20] {
    let image = try CompressedImage()
    try image.damage(at: frames[index].offset + frames[index].packedByteCount / 2)
    let failure = #expect(throws: Failure.self) { try fillAll(image, help: help) }
    #expect(failure?.errno == .badMessage)
    #expect(
      failure?.subject.hasPrefix("\(compressed), frame \(index + 1) at byte \(frames[index].offset) (") == true,
      "\(String(describing: failure))")
  }
  // A whole frame, but not the one of the seek table.
  let image = try CompressedImage()
  let table = frames.last!.offset + frames.last!.packedByteCount + 8
  try image.damage(at: table + 3 * 12 + 8)
  let failure = #expect(throws: Failure.self) { try fillAll(image, help: help) }
  #expect(failure?.subject.contains("frame 4 at byte \(frames[3].offset) (the seek table has another") == true)
}

@Test func aFileThatIsCutAfterItsTableWasReadIsDamage() throws {
  let image = try CompressedImage()
  defer { withExtendedLifetime(image) {} }
  let reader = try image.open()
  let extent = try #require(try reader.take(byteCount: imageByteCount))
  image.cut(to: extent.packed!.frames[9].offset + 100)
  let memory = try mapAnonymous(byteCount: imageByteCount, sharing: .copyOnWrite)
  defer { unmap(memory, byteCount: imageByteCount) }
  let fill = FileFill(help: FillHelp(pids: freePids()))
  try fill.add(extent, into: [UnsafeMutableRawBufferPointer(start: memory, count: imageByteCount)])
  let failure = #expect(throws: Failure.self) { try fill.run() }
  #expect(failure?.errno == .badMessage && failure?.subject.contains(compressed) == true)
}
