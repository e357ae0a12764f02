import Engine
import Foundation
import Images
import Linux
import Sinks
import Streams
import Testing

/// A set of one image, in memory.
private final class OneImage: ImageSink, ImageSource, ImageStream, ImageReader {
  let abilities: Abilities = []
  let pagesNumbers = PagesNumbers()
  private(set) var bytes: [UInt8] = []
  private var readCount = 0

  func open(_ name: ImageName) throws(Failure) -> any ImageStream { self }
  func openPages(_ id: PagesID) throws(Failure) -> any PageSink { throw notHere }
  func commit() throws(Failure) {}
  func write(_ bytes: RawSpan) throws(Failure) { bytes.withUnsafeBytes { self.bytes += Array($0) } }
  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) { throw notHere }
  func finish() throws(Failure) {}

  func open(_ name: ImageName) throws(Failure) -> (any ImageReader)? {
    readCount = 0
    return bytes.isEmpty ? nil : self
  }
  func openPages(_ id: PagesID) throws(Failure) -> (any PageSource)? { throw notHere }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count = min(buffer.count, bytes.count - readCount)
    buffer.copyBytes(from: bytes[readCount..<(readCount + count)])
    readCount += count
    return count
  }

  private var notHere: Failure { Failure("do this", "in a test", .notSupported, remedy: "Do not.") }
}

private let here = ProcessorX86.ofThisMachine()

/// A processor like this one, but for what `change` does.
private func other(_ change: (inout ProcessorX86) -> Void) -> ProcessorX86 {
  var other = here
  change(&other)
  return other
}

/// What is found when images of `old` come to `new`; `nil` when they fit.
private func finding(_ old: ProcessorX86, on new: ProcessorX86, _ capabilities: CPUCapabilities) throws -> String? {
  let image = OneImage()
  try ProcessorImage.write(old, to: image)
  do throws(Failure) { try ProcessorImage.check(new, from: image, capabilities) } catch {
    #expect(error.errno == .notSupported)
    return error.subject
  }
  return nil
}

@Test(arguments: [CPUCapabilities.initial, .all, []])
func aProcessorFitsItself(_ capabilities: CPUCapabilities) throws {
  #expect(try finding(here, on: here, capabilities) == nil)
}

@Test func aMissingInstructionIsNamed() throws {
  let poorer = other { $0.words[ProcessorX86.Word.leaf1ECX] &= ~(1 << 23) }
  let richer = other { $0.words[ProcessorX86.Word.leaf1ECX] |= 1 << 23 }
  #expect(try finding(richer, on: poorer, .instructions) == "popcnt")
  #expect(try finding(poorer, on: richer, .instructions) == nil)
  #expect(try finding(richer, on: poorer, .floatingPoint) == nil)
  #expect(try finding(poorer, on: richer, .exact) == "one without popcnt")
  #expect(try finding(richer, on: poorer, []) == nil)
}

@Test func anAbilityWithoutInstructionsOnlyCountsWhenAllMustBeTheSame() throws {
  let more = other { $0.words[ProcessorX86.Word.derived] ^= 1 << 3 }
  #expect(try finding(more, on: here, .instructions) == nil)
  #expect(try finding(more, on: here, .exact)?.contains("word 3 bit 3") == true)
}

@Test func theStateAreaMustBeLaidOutTheSame() throws {
  let larger = other { $0.stateByteCount += 64 }
  #expect(try finding(larger, on: here, .floatingPoint)?.contains("XSAVE area of \(larger.stateByteCount)") == true)
  #expect(try finding(larger, on: here, .instructions) == nil)
  let without = other { $0.stateMask &= ~(1 << 2) }
  let with = other { $0.stateMask |= 1 << 2 }
  #expect(try finding(with, on: without, .floatingPoint) == "the state of avx")
  #expect(try finding(without, on: with, .floatingPoint) == nil)
}

@Test func componentsThatImagesLeaveOutAreNoDifference() throws {
  let (with, without) = (other { $0.stateMask |= 2 }, other { $0.stateMask &= ~2 })
  #expect(try finding(with, on: without, .floatingPoint) == nil)
}

@Test func withoutAnImageNothingIsCompared() throws {
  let failure = #expect(throws: Failure.self) { try ProcessorImage.check(from: OneImage(), .all) }
  #expect(failure?.errno == .noEntry)
}

@Test func imagesOfAnotherMachineAreRefused() throws {
  let image = OneImage()
  try image.write(records: [CpuinfoEntry { $0.ppc64Entry = [CpuinfoPpc64Entry { _ in }] }], to: .cpuinfo)
  let failure = #expect(throws: Failure.self) { try ProcessorImage.check(from: image, .all) }
  #expect(failure?.errno == .notSupported)
}

@Test func anImageOfVersion1IsComparedAsFarAsItGoes() throws {
  let old = OneImage()
  let entry = CpuinfoX86Entry {
    $0.capabilityVer = 1
    $0.capability = Array(here.words.prefix(12))
  }
  try old.write(records: [CpuinfoEntry { $0.x86Entry = [entry] }], to: .cpuinfo)
  try ProcessorImage.check(from: old, .all)
}

@Test(arguments: [(0, 19), (2, 18), (9, 19)] as [(UInt32, Int)])
func anImageThatMakesNoSenseIsDamaged(_ version: UInt32, _ wordCount: Int) throws {
  let image = OneImage()
  let entry = CpuinfoX86Entry {
    $0.capabilityVer = version
    $0.capability = [UInt32](repeating: 0, count: wordCount)
  }
  try image.write(records: [CpuinfoEntry { $0.x86Entry = [entry] }], to: .cpuinfo)
  let failure = #expect(throws: Failure.self) { try ProcessorImage.check(from: image, .all) }
  #expect(failure?.errno == .badMessage)
}

/// Flags of /proc/cpuinfo are the kernel's view of the same bits.
@Test(arguments: [
  ("popcnt", ProcessorX86.Word.leaf1ECX, 23), ("sse2", ProcessorX86.Word.leaf1EDX, 26),
  ("avx2", ProcessorX86.Word.leaf7EBX, 5), ("xsavec", ProcessorX86.Word.leafDSub1EAX, 1),
  ("lahf_lm", ProcessorX86.Word.extended1ECX, 0), ("syscall", ProcessorX86.Word.extended1EDX, 11),
])
func theKernelSeesTheSameAbilities(_ flag: String, _ word: Int, _ bit: Int) throws {
  let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
  let flags = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") }).split(separator: " ")
  #expect(flags.contains(Substring(flag)) == here.has(word, bit))
}
