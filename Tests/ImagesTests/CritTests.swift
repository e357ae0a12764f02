import Foundation
import Images
import Linux
import Streams
import Testing

/// Debian's crit (CRIU 3.17) decodes what we write, and what it encodes again is the same where it knows every field.
@Suite(.enabled(if: Crit.isThere, "needs Debian's criu with its pycriu"))
struct CritTests {
  /// Kinds that crit has no handler for.
  private static let unknown: Set<ImageKind> = [.pidfd, .binfmtMisc, .binfmtMiscPerMount, .signalS, .signalP]
  /// Kinds with fields or enum values that came after 3.17 or are our own, and two whose raw bytes crit cannot encode: only read.
  private static let onlyRead: Set<ImageKind> = [
    .inventory, .fdinfo, .core, .memfd, .cgroup, .files, .inetsk, .creds, .ipcnsShm, .bpfmapData,
    .fifo, .unixsk, .netlinksk, .packetsk,
  ]

  @Test func critReadsEveryKindAndWritesTheSameBytes() throws {
    try Tool.withScratchFolder { folder in
      let sink = FolderSink(folder)
      let kinds = ImageKind.all.filter { !$0.isRaw && !Self.unknown.contains($0) }
      for kind in kinds {
        switch kind {
        case .pagemap, .pagemapShmem: try writePagemap(kind, to: sink)
        default:
          let message: any SampledMessage.Type = try #require(kind.message as? any SampledMessage.Type)
          try writeSamples(message, kind, to: sink)
        }
      }
      let verdicts = try Crit.check(folder)
      for kind in kinds {
        let name = kind.name(5).description
        #expect(verdicts[name] == (Self.onlyRead.contains(kind) ? "read" : "same"), "\(name)")
      }
    }
  }

  private func writeSamples<M: SampledMessage>(_ type: M.Type, _ kind: ImageKind, to sink: FolderSink) throws {
    // What carries raw bytes says how many: by hand.
    guard !(M.self is any ExtraRecord.Type), M.self != IpcMsgEntry.self else { return try writeExtras(kind, to: sink) }
    var sampler = Sampler(seed: 5, .someFields)
    try sink.write(records: (0..<3).map { _ in M(sampling: &sampler) }, to: kind, 5)
  }

  private func writePagemap(_ kind: ImageKind, to sink: FolderSink) throws {
    let writer = try sink.recordWriter(kind, 5)
    try writer.write(PagemapHead { $0.pagesId = 1 })
    try writer.write(
      PagemapEntry {
        $0.vaddr = 0x7F00_0000_0000
        $0.flags = 4
      })
    try writer.finish()
  }

  private func writeExtras(_ kind: ImageKind, to sink: FolderSink) throws {
    let writer = try sink.recordWriter(kind, 5)
    let bytes: [UInt8] = Array("raw bytes".utf8)
    for _ in 0..<2 {
      switch kind {
      case .pipesData, .fifoData: try writer.write(PipeDataEntry { $0.bytes = 9 })
      case .skQueues: try writer.write(SkPacketEntry { $0.length = 9 })
      case .tcpStream:
        try writer.write(
          TcpStreamEntry {
            $0.inqLen = 4
            $0.outqLen = 5
          })
      case .ipcnsShm: try writer.write(IpcShmEntry { $0.size = 9 })
      case .ipcnsMsg:
        try writer.write(IpcMsgEntry { $0.qnum = 1 })
        try writer.write(IpcMsg { $0.msize = 9 })
      case .bpfmapData:
        try writer.write(
          BpfmapDataEntry {
            $0.keysBytes = 4
            $0.valuesBytes = 5
          })
      case .ghostFile: try writer.write(GhostFileEntry { $0.mode = 0o100644 })
      case .ipcnsSem:
        try writer.write(IpcSemEntry { $0.nsems = 4 })
        let values = [UInt8](bytes.prefix(8))
        try writer.write(extra: values.span.bytes)
        continue
      default: Issue.record("no sample for \(kind)")
      }
      try writer.write(extra: bytes.span.bytes)
      if kind == .ghostFile || kind == .tcpStream { break }
    }
    try writer.finish()
  }
}

private enum Crit {
  static var isThere: Bool {
    Tool.isThere("python3") && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/pycriu")
  }

  /// - Returns: By file name "same", "read" where crit does not encode the same, or what went wrong.
  static func check(_ folder: URL) throws -> [String: String] {
    let output = try Tool.run("python3", ["-c", script, folder.path])
    return try JSONDecoder().decode([String: String].self, from: output)
  }

  private static let script = """
    import io, json, os, sys, pycriu
    verdicts = {}
    for name in os.listdir(sys.argv[1]):
        whole = open(os.path.join(sys.argv[1], name), 'rb').read()
        again = io.BytesIO()
        try:
            image = pycriu.images.load(io.BytesIO(whole))
            verdicts[name] = 'read'
            pycriu.images.dump(image, again)
            if again.getvalue() == whole:
                verdicts[name] = 'same'
        except Exception as error:
            verdicts.setdefault(name, repr(error))
    json.dump(verdicts, sys.stdout)
    """
}

/// A directory with whole images, written by the tests.
private final class FolderSink: ImageSink {
  let abilities: Abilities = []
  let pagesNumbers = PagesNumbers()
  private let folder: URL

  init(_ folder: URL) { self.folder = folder }

  func open(_ name: ImageName) throws(Failure) -> any ImageStream {
    FileStream(folder.appending(path: name.description))
  }

  func commit() throws(Failure) {}
}

private final class FileStream: ImageStream {
  private let file: URL
  private var bytes = Data()

  init(_ file: URL) { self.file = file }

  func write(_ bytes: RawSpan) throws(Failure) { bytes.withUnsafeBytes { self.bytes.append(contentsOf: $0) } }

  func splice(from pipe: borrowing OwnedFD, byteCount: Int) throws(Failure) {
    throw Failure("splice", file.path, .notSupported, remedy: "Write instead.")
  }

  func finish() throws(Failure) {
    do { try bytes.write(to: file) } catch {
      throw Failure("write \(error)", file.path, .inputOutput, remedy: "Look at the disk.")
    }
  }
}
