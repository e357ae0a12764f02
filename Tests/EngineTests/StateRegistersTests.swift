import Glibc
import Images
import Linux
import Testing

@testable import Engine

private func registers(ax: Int64, call: Int64, is32Bit: Bool = false) -> RegistersX86 {
  var entry = UserX86RegsEntry()
  let mask: UInt64 = is32Bit ? 0xffff_ffff : .max
  entry.mode = is32Bit ? .compat : .native
  entry.ax = UInt64(bitPattern: ax) & mask
  entry.origAx = UInt64(bitPattern: call) & mask
  entry.ip = 0x1002
  return RegistersX86(entry)
}

@Test(arguments: [-512, -513, -514] as [Int64], [false, true])
func anInterruptedCallThatRestartsGoesBackToItsInstruction(_ result: Int64, is32Bit: Bool) {
  var state = registers(ax: result, call: 45, is32Bit: is32Bit)
  state.leaveSystemCall()
  #expect(state.entry.ip == 0x1000)
  #expect(state.entry.ax == 45)
  #expect(state.entry.origAx == 45)
}

@Test func aCallThatOnlyTheKernelCanGoOnWithEndsWithEINTR() {
  var state = registers(ax: -516, call: 230)
  state.leaveSystemCall()
  #expect(state.entry.ip == 0x1002)
  #expect(state.entry.ax == UInt64(bitPattern: -4))
  state = registers(ax: -516, call: 162, is32Bit: true)
  state.leaveSystemCall()
  #expect(state.entry.ax == 0xffff_fffc)
}

@Test(arguments: [(-512, -1), (-4, 45), (7, 45)] as [(Int64, Int64)], [false, true])
func otherRegistersStayAsTheyAre(_ resultAndCall: (Int64, Int64), is32Bit: Bool) {
  var state = registers(ax: resultAndCall.0, call: resultAndCall.1, is32Bit: is32Bit)
  let before = state
  state.leaveSystemCall()
  #expect(state == before)
}

@Test func everyGeneralRegisterSurvivesTheRecordAndComesBack() throws {
  var kernel = Registers()
  let count = MemoryLayout<Registers>.size / 8
  withUnsafeMutableBytes(of: &kernel) { bytes in
    for (index, _) in bytes.bindMemory(to: UInt64.self).enumerated() {
      bytes.bindMemory(to: UInt64.self)[index] = UInt64(index + 1) << 33
    }
  }
  kernel.cs = 0x33
  #expect(count == 27)
  let record = RegistersX86(kernel)
  #expect(record.entry.mode == .native)
  #expect(record.registers == kernel)
  #expect(record.outsideSystemCall([]).originalRax == .max)
}

@Test func registersOf32BitCodeHave32BitsAndTheBasesOfTheirDescriptors() {
  var kernel = Registers()
  kernel.cs = 0x23
  kernel.rax = UInt64(bitPattern: -516)
  kernel.r8 = 1
  kernel.gsBase = 0xf7d0_0000
  kernel.gs = 0x63
  let record = RegistersX86(kernel)
  #expect(record.entry.mode == .compat)
  #expect(record.entry.ax == 0xffff_fdfc && record.entry.r8 == 0 && record.entry.gsBase == 0 && record.entry.gs == 0x63)
  let area = UserDescT(ThreadArea(entryNumber: 12, baseAddress: 0xf7d0_0000, limit: 0xf_ffff, flags: 0x51))
  let back = record.outsideSystemCall([area])
  #expect(back.gsBase == 0xf7d0_0000 && back.fsBase == 0 && back.is32Bit)
  #expect(area.area == ThreadArea(entryNumber: 12, baseAddress: 0xf7d0_0000, limit: 0xf_ffff, flags: 0x51))
}

// MARK: Extended state

/// A processor with every component that the image format knows.
private let everything = ExtendedStateLayout(
  byteCount: 2700, mask: 0x2ff,
  components: [
    2: .init(offset: 576, byteCount: 256), 3: .init(offset: 960, byteCount: 64), 4: .init(offset: 1024, byteCount: 64),
    5: .init(offset: 1088, byteCount: 64), 6: .init(offset: 1152, byteCount: 512),
    7: .init(offset: 1664, byteCount: 1024), 9: .init(offset: 2688, byteCount: 8),
  ], hasShadowStacks: true)

private let onlyAVX = ExtendedStateLayout(
  byteCount: 832, mask: 7, components: [2: .init(offset: 576, byteCount: 256)], hasShadowStacks: false)

/// Every byte that the image holds differs from its neighbours.
private func patterned(_ layout: ExtendedStateLayout) -> [UInt8] {
  var area = [UInt8](repeating: 0, count: layout.byteCount)
  for index in 0..<416 { area[index] = UInt8(truncatingIfNeeded: index * 7 + 3) }
  area[5] = 0  // the tag word has one byte in this form
  for place in layout.components.values {
    for index in place.offset..<place.offset + place.byteCount { area[index] = UInt8(truncatingIfNeeded: index * 13 + 5) }
  }
  area.put(layout.mask, at: 512)
  return area
}

@Test(arguments: [everything, onlyAVX])
func everyVectorRegisterSurvivesTheRecordAndComesBack(_ layout: ExtendedStateLayout) throws {
  let area = patterned(layout)
  let entry = try ExtendedStateX86.entry(from: area, layout: layout, subject: "test")
  let decoded = try UserX86FpregsEntry(decoding: entry.encoded().span.bytes)
  #expect(try ExtendedStateX86.area(from: decoded, layout: layout, subject: "test") == area)
}

@Test func listsAreCompleteOrAbsentAsTheProcessorHasThem() throws {
  let full = try ExtendedStateX86.entry(from: patterned(everything), layout: everything, subject: "test")
  #expect(full.stSpace.count == 32 && full.xmmSpace.count == 64)
  let xsave = try #require(full.xsave)
  #expect(xsave.ymmhSpace.count == 64 && xsave.bndregState.count == 8 && xsave.bndcsrState.count == 8)
  #expect(xsave.opmaskReg.count == 8 && xsave.zmmUpper.count == 64 && xsave.hi16Zmm.count == 128 && xsave.pkru.count == 2)
  #expect(xsave.cet == UserX86CetEntry())
  let small = try #require(ExtendedStateX86.entry(from: patterned(onlyAVX), layout: onlyAVX, subject: "test").xsave)
  #expect(small.opmaskReg.isEmpty && small.pkru.isEmpty && small.cet == nil)
}

@Test func aComponentThatThisProcessorLacksIsRefusedByName() throws {
  let entry = try ExtendedStateX86.entry(from: patterned(everything), layout: everything, subject: "test")
  do throws(Failure) {
    _ = try ExtendedStateX86.area(from: entry, layout: onlyAVX, subject: "test")
    Issue.record("it was taken")
  } catch {
    #expect(error.errno == .notSupported)
    #expect(error.attempted.contains("MPX bound registers"))
  }
}

@Test func aComponentInItsInitialStateNeedsNoProcessorThatHasIt() throws {
  var entry = try ExtendedStateX86.entry(from: patterned(everything), layout: everything, subject: "test")
  entry.xsave?.xstateBv = 7
  _ = try ExtendedStateX86.area(from: entry, layout: onlyAVX, subject: "test")
}

@Test func aCutListIsRefused() throws {
  var entry = try ExtendedStateX86.entry(from: patterned(everything), layout: everything, subject: "test")
  entry.xsave?.zmmUpper.removeLast()
  #expect(throws: Failure.self) { try ExtendedStateX86.area(from: entry, layout: everything, subject: "test") }
  entry.xsave?.zmmUpper = []
  #expect(throws: Failure.self) { try ExtendedStateX86.area(from: entry, layout: everything, subject: "test") }
}

@Test func tilesInUseAreRefusedAtTheDump() throws {
  var area = patterned(everything)
  area.put(everything.mask | 1 << 18, at: 512)
  do throws(Failure) {
    _ = try ExtendedStateX86.entry(from: area, layout: everything, subject: "test")
    Issue.record("it was taken")
  } catch {
    #expect(error.attempted.contains("AMX tiles"))
  }
}

// MARK: On a real thread

@Test(.enabled(if: getuid() == 0, "needs root to trace"))
func thisProcessorsLayoutIsWhatTheKernelGives() throws {
  let layout = ExtendedStateLayout.ofThisProcessor()
  let area = try StateChild.traced { try $0.extendedState() }
  #expect(area.count == layout.byteCount)
  #expect(area.word(at: 464) == layout.mask)
}

@Test(.enabled(if: getuid() == 0, "needs root to trace"))
func vectorRegistersOfARealThreadComeBackByteForByte() throws {
  let layout = ExtendedStateLayout.ofThisProcessor()
  try StateChild.traced { tracee in
    var pattern = try tracee.extendedState()
    for place in layout.components.values {
      for index in place.offset..<place.offset + place.byteCount { pattern[index] = UInt8(truncatingIfNeeded: index * 13) }
    }
    for index in 160..<416 { pattern[index] = UInt8(truncatingIfNeeded: index * 7) }
    pattern.put(layout.mask, at: 512)
    try tracee.setExtendedState(pattern)
    let before = try tracee.extendedState()
    let entry = try ExtendedStateX86.entry(from: before, layout: layout, subject: "test")

    try tracee.setExtendedState([UInt8](repeating: 0, count: layout.byteCount))
    #expect(try tracee.extendedState() != before)
    try tracee.setExtendedState(try ExtendedStateX86.area(from: entry, layout: layout, subject: "test"))
    let after = try tracee.extendedState()
    #expect(after == before)
    #expect(after.numbers(at: 160, byteCount: 256, as: UInt8.self) == pattern.numbers(at: 160, byteCount: 256, as: UInt8.self))
    for place in layout.components.values {
      #expect(Array(after[place.offset..<place.offset + place.byteCount]) == Array(pattern[place.offset..<place.offset + place.byteCount]))
    }
  }
}

@Test(.enabled(if: getuid() == 0, "needs root to trace"))
func finalRegistersAndMaskAreLoadedIntoAThread() throws {
  let layout = ExtendedStateLayout.ofThisProcessor()
  try StateChild.traced { tracee in
    var core = CoreEntry()
    core.threadCore = ThreadCoreEntry()
    var info = ThreadInfoX86()
    var registers = RegistersX86(try tracee.registers())
    registers.leaveSystemCall()
    registers.entry.r12 = 0x1234_5678_9abc
    info.gpregs = registers.entry
    info.fpregs = try ExtendedStateX86.entry(from: try tracee.extendedState(), layout: layout, subject: "test")
    core.threadInfo = info
    try RestoredRegisters.load(core, into: tracee.tid, signalMask: 0x8_0204, layout: layout)
    #expect(try tracee.signalMask() == 0x8_0204)
    let now = try tracee.registers()
    #expect(now.r12 == 0x1234_5678_9abc && now.originalRax == .max && now.rip == info.gpregs.ip)
    #expect(now.fsBase == info.gpregs.fsBase)
  }
}
