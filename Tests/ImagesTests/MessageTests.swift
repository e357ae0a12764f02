import Images
import Linux
import Testing

@Suite struct MessageTests {
  @Test(arguments: everyMessage.indices)
  func aFilledMessageComesBackFromItsBytes(_ index: Int) throws {
    try expectRoundTrip(everyMessage[index], seeds: 1...4, .everyField)
  }

  @Test(arguments: everyMessage.indices)
  func aPartlyFilledMessageComesBackFromItsBytes(_ index: Int) throws {
    try expectRoundTrip(everyMessage[index], seeds: 1...40, .someFields)
  }

  private func expectRoundTrip<M: SampledMessage>(
    _ type: M.Type, seeds: ClosedRange<UInt64>, _ density: Sampler.Density
  ) throws {
    for seed in seeds {
      var sampler = Sampler(seed: seed, density)
      let message = M(sampling: &sampler)
      let bytes = message.encoded()
      let back = try M(decoding: bytes.span.bytes)
      #expect(back == message)
      #expect(back.encoded() == bytes)
    }
  }

  /// Damaged bytes give a Failure or some message that is itself encodable, never a crash.
  @Test(arguments: everyMessage.indices)
  func everyCutAndEveryFlippedByteIsSurvived(_ index: Int) {
    expectSurvival(everyMessage[index])
  }

  private func expectSurvival<M: SampledMessage>(_ type: M.Type) {
    var sampler = Sampler(seed: 7, .someFields)
    let bytes = M(sampling: &sampler).encoded()
    for length in 0..<min(bytes.count, 600) {
      expectStable(type, Array(bytes[..<length]))
      for mask in [0x01, 0x08, 0x80, 0xFF] as [UInt8] {
        var flipped = bytes
        flipped[length] ^= mask
        expectStable(type, flipped)
      }
    }
  }

  private func expectStable<M: ImageMessage>(_ type: M.Type, _ bytes: [UInt8]) {
    do throws(Failure) {
      let message = try M(decoding: bytes.span.bytes)
      let again = try M(decoding: message.encoded().span.bytes)
      #expect(again == message)
    } catch {
      #expect(error.errno == .badMessage)
    }
  }

  @Test func requiredFieldsAreWrittenWhenZeroAndOptionalOnesOnlyWhenSet() {
    #expect(FsEntry().encoded() == [0x08, 0, 0x10, 0])
    #expect(FsEntry { $0.umask = 0 }.encoded() == [0x08, 0, 0x10, 0, 0x18, 0])
    #expect(SeccompEntry().encoded() == [])
  }

  @Test func aMissingRequiredFieldIsDamage() {
    let bytes: [UInt8] = [0x08, 1]
    #expect(throws: Failure.self) { try FsEntry(decoding: bytes.span.bytes) }
  }

  @Test func repeatedNumbersAreNotPackedButPackedOnesAreRead() throws {
    let entry = PstreeEntry { $0.threads = [1, 300] }
    #expect(entry.encoded() == [0x08, 0, 0x10, 0, 0x18, 0, 0x20, 0, 0x28, 1, 0x28, 0xAC, 2])
    let packed: [UInt8] = [0x08, 0, 0x10, 0, 0x18, 0, 0x20, 0, 0x2A, 3, 1, 0xAC, 2]
    #expect(try PstreeEntry(decoding: packed.span.bytes) == entry)
  }

  @Test func signsAndWidthsAreThoseOfTheSchema() {
    #expect(VmaEntry { $0.fd = -1 }.encoded().suffix(2) == [0x40, 1])
    #expect(RegFileEntry { $0.mntId = -1 }.encoded().suffix(2) == [0x38, 1])
    let filter = SkOptsEntry { $0.soFilter = [0x0102_0304_0506_0708] }.encoded()
    #expect(filter.suffix(10) == [0x81, 1, 8, 7, 6, 5, 4, 3, 2, 1])
  }

  @Test func unknownFieldsAndUnknownEnumValuesSurvive() throws {
    // Field 1 = 1, field 2 = 2, then three of the future: a varint 99, counted bytes, four bytes.
    let bytes: [UInt8] = [0x08, 1, 0x10, 2, 0x98, 6, 0x63, 0xA2, 6, 2, 0xFF, 0, 0xAD, 6, 1, 2, 3, 4]
    let entry = try FsEntry(decoding: bytes.span.bytes)
    #expect(entry.unknownFields.map(\.number) == [99, 100, 101])
    #expect(entry.encoded() == bytes)
    let future = FdinfoEntry { $0.type = FdTypes(rawValue: 77) }
    #expect(try FdinfoEntry(decoding: future.encoded().span.bytes).type.rawValue == 77)
    #expect("\(future.type) \(FdTypes.reg)" == "77 REG")
  }

  @Test func nestingThatNoCgroupHasIsDamageAndNoCrash() throws {
    #expect(throws: Failure.self) { try CgroupDirEntry(decoding: nested(depth: 100_000).span.bytes) }
    let deepest = try CgroupDirEntry(decoding: nested(depth: 100).span.bytes)
    #expect(deepest.encoded() == nested(depth: 100))
  }

  private func nested(depth: Int) -> [UInt8] {
    // cgroup_dir_entry { dir_name "", children ... }: each level is counted by the one around it.
    var levels: [[UInt8]] = []
    var byteCount = 2
    for _ in 0..<depth {
      levels.append([0x0A, 0, 0x12] + varint(byteCount))
      byteCount += levels[levels.count - 1].count
    }
    return levels.reversed().flatMap { $0 } + [0x0A, 0]
  }

  private func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + varint(value >> 7)
  }

  @Test func manyMappingsAreReadInLinearTime() throws {
    func decodingTime(count: Int) throws -> Duration {
      let vma = VmaEntry {
        $0.start = 0x7FFF_0000_0000
        $0.fd = -1
      }
      let bytes = MmEntry { $0.vmas = Array(repeating: vma, count: count) }.encoded()
      // The least of five: other tests run at the same time.
      return try (1...5).map { _ in
        var entry = MmEntry()
        let time = try ContinuousClock().measure { entry = try MmEntry(decoding: bytes.span.bytes) }
        #expect(entry.vmas.count == count)
        return time
      }.min() ?? .zero
    }
    // Eight times the mappings: 64 times the time if it were quadratic. Memory that is touched first costs as well.
    let few = try decodingTime(count: 20_000)
    let many = try decodingTime(count: 160_000)
    #expect(many < few * 24, "8 times the mappings took \(many) instead of \(few)")
  }
}
