internal import Linux

/// What a processor lacks of one in an image.
struct ProcessorComparison {
  private let words: [UInt32]
  private let state: StateArea
  private let processor: ProcessorX86

  /// - Parameters:
  ///   - words: Of the image; an older one has fewer.
  ///   - processor: The one to run on.
  init(words: [UInt32], state: StateArea, of processor: ProcessorX86) {
    self.words = words
    self.state = state
    self.processor = processor
  }

  /// Names of what does not fit, each once.
  func findings(_ capabilities: CPUCapabilities) -> [String] {
    var all: [String] = []
    if capabilities.contains(.floatingPoint) { all += floatingPoint() }
    if capabilities.contains(.instructions) { all += instructions() }
    if capabilities.contains(.exact) { all += differences() }
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }

  /// Signal frames and the C library hold the area as the old processor laid it out, so its sizes must be the same.
  private func floatingPoint() -> [String] {
    let needed = [
      (ProcessorX86.Word.leaf1EDX, 0), (ProcessorX86.Word.leaf1EDX, 24), (ProcessorX86.Word.leaf1ECX, 27),
      (ProcessorX86.Word.leafDSub1EAX, 3),
    ]
    var all = needed.filter { lacks($0.0, $0.1) }.map { InstructionNames.name($0.0, $0.1) }
    if let mask = state.mask {
      let lacking = mask & ProcessorImage.imagedComponents & ~processor.stateMask
      for bit in 0..<64 where lacking >> UInt64(bit) & 1 != 0 {
        all.append("the state of \(InstructionNames.components[bit] ?? "component \(bit)")")
      }
    }
    all += different("an XSAVE area", state.byteCount, processor.stateByteCount)
    all += different("the largest XSAVE area", state.byteCountMax, processor.stateByteCountMax)
    return all
  }

  private func different(_ what: String, _ old: UInt32?, _ new: UInt32) -> [String] {
    guard let old, old != new else { return [] }
    return ["\(what) of \(old) bytes rather than \(new)"]
  }

  private func instructions() -> [String] {
    var all: [String] = []
    for word in words.indices {
      for bit in (InstructionNames.all[word] ?? [:]).keys.sorted() where lacks(word, bit) {
        all.append(InstructionNames.name(word, bit))
      }
    }
    return all
  }

  private func differences() -> [String] {
    var all: [String] = []
    for word in words.indices {
      let different = words[word] ^ processor.words[word]
      for bit in 0..<32 where different >> UInt32(bit) & 1 != 0 {
        all.append((lacks(word, bit) ? "" : "one without ") + InstructionNames.name(word, bit))
      }
    }
    return all
  }

  private func lacks(_ word: Int, _ bit: Int) -> Bool {
    word < words.count && words[word] >> UInt32(bit) & 1 != 0 && !processor.has(word, bit)
  }
}
