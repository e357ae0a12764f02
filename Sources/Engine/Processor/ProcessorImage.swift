internal import Images
public import Linux
public import Streams

/// The processor of a dump, as `cpuinfo.img` keeps it, and its comparison with the one of a restore.
public enum ProcessorImage {
  /// Writes `cpuinfo.img`. The set is committed by the caller.
  public static func write(_ processor: ProcessorX86 = .ofThisMachine(), to sink: any ImageSink) throws(Failure) {
    let x86 = CpuinfoX86Entry {
      $0.vendorId = vendor(processor.vendor)
      $0.cpuFamily = processor.family
      $0.model = processor.model
      $0.stepping = processor.stepping
      $0.capabilityVer = currentVersion
      $0.capability = processor.words
      $0.modelId = processor.name.isEmpty ? nil : processor.name
      $0.xfeaturesMask = processor.stateMask & imagedComponents
      $0.xsaveSize = processor.stateByteCount
      $0.xsaveSizeMax = processor.stateByteCountMax
    }
    try sink.write(records: [CpuinfoEntry { $0.x86Entry = [x86] }], to: .cpuinfo)
  }

  /// Compares this processor with the one in `cpuinfo.img`.
  ///
  /// - Parameter capabilities: What has to fit.
  /// - Throws: `ENOTSUP` for what this processor lacks, by name; `ENOENT` without the image; `EBADMSG` for an image that
  ///   makes no sense.
  public static func check(
    _ processor: ProcessorX86 = .ofThisMachine(), from source: any ImageSource, _ capabilities: CPUCapabilities
  ) throws(Failure) {
    guard let entry = try source.record(of: CpuinfoEntry.self, in: .cpuinfo) else {
      throw Failure(
        "compare the processor", "\(ImageKind.cpuinfo.name())", .noEntry,
        remedy: "Dump with --cpu-cap or run criu cpuinfo dump there, or restore without --cpu-cap.")
    }
    guard let old = entry.x86Entry.first, entry.x86Entry.count == 1 else {
      throw Failure(
        "compare the processor", "\(ImageKind.cpuinfo.name())", .notSupported,
        remedy: "The images are of another kind of machine: restore them on one like it.")
    }
    let wordCounts: [UInt32: Int] = [1: 12, currentVersion: ProcessorX86.Word.count]
    guard let wordCount = wordCounts[old.capabilityVer], old.capability.count >= wordCount else {
      throw Failure(
        "compare the processor", "\(ImageKind.cpuinfo.name()), version \(old.capabilityVer)", .badMessage,
        remedy: "The image is damaged, or from a newer engine: dump again.")
    }
    let words = Array(old.capability.prefix(wordCount))
    let lacking = ProcessorComparison(words: words, state: StateArea(old), of: processor).findings(capabilities)
    guard lacking.isEmpty else {
      throw Failure(
        "run the programs on this processor", lacking.joined(separator: ", "), .notSupported,
        remedy: "Restore on a processor that has what this one lacks, or compare less with --cpu-cap.")
    }
  }

  private static let currentVersion: UInt32 = 2

  /// Components that images tell: those of user space that 4.2 knows, but for sse (1) and bndregs (3), which it leaves
  /// out always, and whose presence it would take for a difference.
  static let imagedComponents: UInt64 = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9

  private static func vendor(_ name: String) -> CpuinfoX86Entry.Vendor {
    // What is neither is AMD to 4.2, which refuses the third.
    name == "GenuineIntel" ? .intel : .amd
  }
}

/// The XSAVE area of an image; parts that older images lack are `nil` and fit anything.
struct StateArea {
  var mask: UInt64?
  var byteCount, byteCountMax: UInt32?

  init(_ entry: CpuinfoX86Entry) {
    mask = entry.xfeaturesMask
    byteCount = entry.xsaveSize
    byteCountMax = entry.xsaveSizeMax
  }
}
