public import Images

/// Raw bytes between a record and the next one.
public enum RecordExtra: Hashable, Sendable {
  /// Exactly so many, then zeros up to the next multiple of `alignment`.
  case bytes(Int, alignment: Int = 1)
  /// All up to the end of the image.
  case rest

  /// Zeros after the bytes.
  var paddingCount: Int {
    guard case .bytes(let count, let alignment) = self else { return 0 }
    return (alignment - count % alignment) % alignment
  }
}

/// A record that says how many raw bytes follow it. `RecordWriter` and `RecordReader` hold it to that.
public protocol ExtraRecord: ImageMessage {
  var extra: RecordExtra { get }
}

/// The contents of a pipe.
extension PipeDataEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(bytes)) }
}

/// One packet, or what a stream socket holds.
extension SkPacketEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(length)) }
}

/// The receive queue, then the send queue.
extension TcpStreamEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(inqLen) + Int(outqLen)) }
}

/// A u16 a semaphore.
extension IpcSemEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(nsems) * 2, alignment: 8) }
}

/// The text of a message. (The queue's own record, `IpcMsgEntry`, is followed by `qnum` records of this kind.)
extension IpcMsg: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(msize), alignment: 8) }
}

/// The contents of a segment, unless a pagemap has them.
extension IpcShmEntry: ExtraRecord {
  public var extra: RecordExtra { inPagemaps == true ? .bytes(0) : .bytes(bounded(size), alignment: 4) }
}

/// Keys, then values.
extension BpfmapDataEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(Int(keysBytes) + Int(valuesBytes)) }
}

/// The file itself, or nothing when it comes in chunks (`GhostChunkEntry`).
extension GhostFileEntry: ExtraRecord {
  public var extra: RecordExtra { chunks == true ? .bytes(0) : .rest }
}

/// A piece of a file with holes.
extension GhostChunkEntry: ExtraRecord {
  public var extra: RecordExtra { .bytes(bounded(len)) }
}

/// A size that no image reaches, so that sums with it stay within Int.
private func bounded(_ byteCount: UInt64) -> Int { Int(min(byteCount, 1 << 60)) }
