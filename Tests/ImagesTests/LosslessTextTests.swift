import Images
import Testing

@Suite struct LosslessTextTests {
  @Test func utf8IsTheTextThatItIs() {
    #expect(String(lossless: Array("/tmp/é日🙂".utf8)) == "/tmp/é日🙂")
    #expect("/tmp/é日🙂".losslessBytes == Array("/tmp/é日🙂".utf8))
    #expect(String(lossless: []) == "")
  }

  @Test(
    arguments: [
      [0xE9], [0x61, 0xFF, 0x62], [0xC3], [0xC3, 0xA9, 0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x99], [0xC0, 0x80],
      [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
      [0xF4, 0x8F, 0xBD, 0xBF], [0x80, 0x81, 0xFE],
    ] as [[UInt8]])
  func bytesThatAreNotUTF8ComeBack(_ bytes: [UInt8]) {
    #expect(String(lossless: bytes).losslessBytes == bytes)
  }

  @Test func anyBytesComeBackAndDifferentBytesStayDifferent() {
    var sampler = Sampler(seed: 3, .everyField)
    let leads: [UInt8] = [0x41, 0x80, 0xBE, 0xBF, 0x8F, 0xC3, 0xE2, 0xF0, 0xF4, 0xFF]
    for _ in 0..<20_000 {
      let bytes = (0..<sampler.upTo(6)).map { _ in leads[sampler.upTo(leads.count - 1)] }
      #expect(String(lossless: bytes).losslessBytes == bytes)
    }
  }

  @Test func aFileNameInAnotherEncodingSurvivesARecord() throws {
    let name: [UInt8] = Array("/home/caf".utf8) + [0xE9]
    let entry = RegFileEntry { $0.name = String(lossless: name) }
    let bytes = entry.encoded()
    #expect(bytes.contains(0xE9))
    #expect(try RegFileEntry(decoding: bytes.span.bytes).name.losslessBytes == name)
  }
}
