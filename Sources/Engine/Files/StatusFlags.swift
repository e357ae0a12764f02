internal import Linux

/// Status flags of files that are made without them (fcntl(2), F_SETFL).
extension BorrowedFD {
  /// - Parameter flags: Of the record, with the access mode and whatever else F_SETFL leaves alone. O_ASYNC is set with
  ///   the owner who is to be signalled, `FileOwner.restore`.
  func restoreStatusFlags(_ flags: UInt32, of key: FileKey) throws(Failure) {
    try setFlags(Int32(bitPattern: flags & ~FileFlags.signalDriven), "\(key)")
  }
}
