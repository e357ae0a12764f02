/// Raw bytes between a record and the next one.
public enum RecordExtra: Hashable, Sendable {
  /// Exactly so many, then zeros up to the next multiple of `alignment`.
  case bytes(Int, alignment: Int = 1)
  /// All up to the end of the image.
  case rest

  /// Zeros after the bytes.
  public var paddingCount: Int {
    guard case .bytes(let count, let alignment) = self else { return 0 }
    return (alignment - count % alignment) % alignment
  }
}

/// A record that says how many raw bytes follow it (`ImageMessage.trailing`). Readers and writers hold it to that.
public protocol ExtraRecord: ImageMessage {}

extension ImageMessage {
  public var trailing: RecordExtra { .bytes(0) }
}

/// The contents of a pipe.
extension PipeDataEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(bytes)) }
}

/// One packet, or what a stream socket holds.
extension SkPacketEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(length)) }
}

/// The receive queue, then the send queue.
extension TcpStreamEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(inqLen) + Int(outqLen)) }
}

/// A u16 a semaphore.
extension IpcSemEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(nsems) * 2, alignment: 8) }
}

/// The text of a message. (The queue's own record, `IpcMsgEntry`, is followed by `qnum` records of this kind.)
extension IpcMsg: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(msize), alignment: 8) }
}

/// The contents of a segment, unless a pagemap has them.
extension IpcShmEntry: ExtraRecord {
  public var trailing: RecordExtra { inPagemaps == true ? .bytes(0) : .bytes(bounded(size), alignment: 4) }
}

/// Keys, then values.
extension BpfmapDataEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(Int(keysBytes) + Int(valuesBytes)) }
}

/// The file itself, or nothing when it comes in chunks (`GhostChunkEntry`).
extension GhostFileEntry: ExtraRecord {
  public var trailing: RecordExtra { chunks == true ? .bytes(0) : .rest }
}

/// A piece of a file with holes.
extension GhostChunkEntry: ExtraRecord {
  public var trailing: RecordExtra { .bytes(bounded(len)) }
}

/// A size that no image reaches, so that sums with it stay within Int.
private func bounded(_ byteCount: UInt64) -> Int { Int(min(byteCount, 1 << 60)) }
