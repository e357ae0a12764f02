import Images
import Linux
import Streams
import Testing

/// Every cut and every flipped bit of framed records is a `Failure`, or the same records, or (there is no checksum)
/// others, never a crash.
@Suite struct DamageTests {
  private let whole: MemorySet

  init() throws {
    whole = MemorySet()
    let writer = try whole.recordWriter(.pipesData)
    for byteCount in [3, 0, 9] as [UInt32] {
      try writer.write(
        PipeDataEntry {
          $0.pipeId = 1_000 + byteCount
          $0.bytes = byteCount
          $0.size = 65_536
        })
      let contents = [UInt8](repeating: 0x11, count: Int(byteCount))
      try writer.write(extra: contents.span.bytes)
    }
    try writer.finish()
  }

  private func read(_ bytes: [UInt8]) throws(Failure) -> [PipeDataEntry]? {
    let set = MemorySet()
    set[.pipesData] = bytes
    return try set.records(of: PipeDataEntry.self, in: .pipesData)
  }

  @Test func onlyACutBetweenRecordsIsNoDamage() throws {
    let bytes = try #require(whole[.pipesData])
    let records = try #require(try read(bytes))
    var goodLengths: [Int] = []
    for length in 0...bytes.count {
      do throws(Failure) {
        let some = try read(Array(bytes[..<length]))
        #expect(some == Array(records[..<(some?.count ?? 0)]))
        goodLengths.append(length)
      } catch {
        #expect(error.errno == .badMessage)
      }
    }
    // Nothing at all, the magics, and each record with its bytes.
    let sizes = records.map { 4 + $0.encoded().count + Int($0.bytes) }
    var end = 8
    #expect(
      goodLengths == [0, 8]
        + sizes.map { size in
          end += size
          return end
        })
  }

  @Test func everyFlippedBitIsSurvived() throws {
    let bytes = try #require(whole[.pipesData])
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        do throws(Failure) { _ = try read(damaged) } catch { #expect(error.errno == .badMessage) }
      }
    }
  }

  @Test func flippedMagicsAreNeverTaken() throws {
    let bytes = try #require(whole[.pipesData])
    for bit in 0..<64 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: Failure.self) { try read(damaged) }
    }
  }

  @Test func randomMutationsAreSurvived() throws {
    let bytes = try #require(whole[.pipesData])
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<max(damaged.count, 1), using: &random)
        guard index < damaged.count else { break }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: index)
        case 2: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
        default: damaged.removeSubrange(index...)
        }
      }
      do throws(Failure) { _ = try read(damaged) } catch { #expect(error.errno == .badMessage, "\(damaged)") }
    }
  }
}
