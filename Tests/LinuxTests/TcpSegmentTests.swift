import Testing

@testable import Linux

@Suite struct TcpSegmentTests {
  private func segment(_ source: [UInt32], _ destination: [UInt32]) -> TcpSegment {
    TcpSegment(
      sourcePort: 80, destinationPort: 40_000, source: source, destination: destination, sequence: 0x0102_0304,
      acknowledged: 0xfffe_fdfc, flags: [.fin, .acknowledgement], window: 512)
  }

  @Test func fieldsLieWhereTheStandardPutsThem() {
    let bytes = segment([0x0100_007f], [0x0200_007f]).segment
    #expect(bytes.count == 20)
    #expect(bytes[..<16] == [0, 80, 0x9c, 0x40, 1, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 0x50, 0x11, 2, 0])
    #expect(bytes[18...] == [0, 0])
  }

  /// A receiver sums all words with the checksum in place, and gets all ones (RFC 1071).
  @Test(arguments: [([UInt32]([0x0100_007f]), [UInt32]([0x0200_007f])), ([1, 2, 3, 4], [0xffff_ffff, 6, 7, 8])])
  func checksumIsWhatAReceiverExpects(_ source: [UInt32], _ destination: [UInt32]) {
    let addresses = (source + destination).flatMap { word in withUnsafeBytes(of: word) { [UInt8]($0) } }
    #expect(TcpSegment.checksum(addresses + [0, 6, 0, 20] + segment(source, destination).segment) == 0)
  }

  @Test func checksumOfTheStandardsExample() {
    #expect(TcpSegment.checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~0xddf2)
  }
}
