/// XXH64 with seed 0, over bytes as they come: the checksum that zstd's frames have too. (github.com/Cyan4973/xxHash,
/// doc/xxhash_spec.md; libzstd has it, but exports it to nobody.)
struct XXHash64 {
  private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
  private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
  private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
  private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
  private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5
  private static let stripeByteCount = 32

  private(set) var byteCount = 0
  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (prime1 &+ prime2, prime2, 0, 0 &- prime1)
  /// Less than a stripe.
  private var tail: [UInt8] = []

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += bytes.count
    var start = 0
    if !tail.isEmpty {
      start = min(XXHash64.stripeByteCount - tail.count, bytes.count)
      tail += bytes[..<start]
      guard tail.count == XXHash64.stripeByteCount else { return }
      let stripe = tail
      stripe.withUnsafeBytes { take($0, at: 0) }
      tail.removeAll(keepingCapacity: true)
    }
    while bytes.count - start >= XXHash64.stripeByteCount {
      take(bytes, at: start)
      start += XXHash64.stripeByteCount
    }
    tail += bytes[start...]
  }

  var value: UInt64 {
    var hash: UInt64
    if byteCount >= XXHash64.stripeByteCount {
      hash = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
      for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
        hash = (hash ^ round(0, lane)) &* XXHash64.prime1 &+ XXHash64.prime4
      }
    } else {
      hash = XXHash64.prime5
    }
    hash &+= UInt64(byteCount)
    tail.withUnsafeBytes { tail in
      var offset = 0
      while tail.count - offset >= 8 {
        hash = rotate(hash ^ round(0, load(tail, offset)), 27) &* XXHash64.prime1 &+ XXHash64.prime4
        offset += 8
      }
      if tail.count - offset >= 4 {
        let word = UInt64(UInt32(littleEndian: tail.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        hash = rotate(hash ^ (word &* XXHash64.prime1), 23) &* XXHash64.prime2 &+ XXHash64.prime3
        offset += 4
      }
      for byte in tail[offset...] { hash = rotate(hash ^ (UInt64(byte) &* XXHash64.prime5), 11) &* XXHash64.prime1 }
    }
    hash = (hash ^ (hash >> 33)) &* XXHash64.prime2
    hash = (hash ^ (hash >> 29)) &* XXHash64.prime3
    return hash ^ (hash >> 32)
  }

  private mutating func take(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    lanes.0 = round(lanes.0, load(bytes, offset))
    lanes.1 = round(lanes.1, load(bytes, offset + 8))
    lanes.2 = round(lanes.2, load(bytes, offset + 16))
    lanes.3 = round(lanes.3, load(bytes, offset + 24))
  }

  private func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotate(lane &+ word &* XXHash64.prime2, 31) &* XXHash64.prime1
  }

  private func load(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
}
