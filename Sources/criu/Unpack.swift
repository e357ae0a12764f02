internal import Linux
internal import Sinks

extension Session {
  /// `criu unpack`
  func unpack() throws(Failure) {
    let journal = FileJournal()
    do throws(Failure) {
      let unpacking = try Unpacking.unpack(imagesDirectory, journal: journal)
      try writeText(
        "images unpacked: \(unpacking.imageCount), \(unpacking.compressedByteCount) bytes became \(unpacking.byteCount)\n")
    } catch {
      journal.undo()
      throw error
    }
  }
}
