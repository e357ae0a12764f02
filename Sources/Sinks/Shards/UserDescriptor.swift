public import Linux

/// Takes a descriptor that the user named, so that nothing but us writes there or reads from it: it is 10 or above from
/// then on, and a standard one is /dev/null.
///
/// - Parameters:
///   - name: "shard 2", for messages.
///   - purpose: What cannot be used for it is refused here, long before the first byte: a dump has frozen nothing yet.
/// - Throws: `EBADF` it is not open, or not for this; `EINVAL` it is a terminal.
public func takeDescriptor(_ number: CInt, as name: String, for purpose: DescriptorPurpose) throws(Failure) -> OwnedFD {
  try checkDescriptor(number, as: name, for: purpose)
  guard !isTerminal(number) else { throw unusable(number, name, "a terminal", .invalid, purpose) }
  let given = BorrowedFD(number)
  let ours = OwnedFD(adopting: try given.duplicate(from: 10, "\(name) (descriptor \(number))"))
  if number > 2 { given.close() } else { try replaceByNull(number) }
  return ours
}

/// Refuses a descriptor that the user named and that is not open, or not for this.
///
/// - Throws: `EBADF`
public func checkDescriptor(_ number: CInt, as name: String, for purpose: DescriptorPurpose) throws(Failure) {
  let flags: Int32
  do throws(Failure) { flags = try BorrowedFD(number).flags(name) } catch {
    throw unusable(number, name, "not open", error.errno, purpose)
  }
  let mode = UInt32(bitPattern: flags) & FileFlags.accessMode
  guard mode == FileFlags.readWrite || mode == purpose.accessMode else {
    throw unusable(number, name, "not open for \(purpose)", .badDescriptor, purpose)
  }
}

private func unusable(
  _ number: CInt, _ name: String, _ what: String, _ errno: Errno, _ purpose: DescriptorPurpose
) -> Failure {
  Failure(
    "use the descriptor", "\(name) (descriptor \(number)), which is \(what)", errno, remedy: purpose.remedy(number))
}

/// What the user gave a descriptor for.
public enum DescriptorPurpose: String, Sendable {
  case reading, writing

  var accessMode: UInt32 { self == .reading ? FileFlags.readOnly : FileFlags.writeOnly }

  func remedy(_ number: CInt) -> String {
    self == .reading
      ? "Give it what it is to read: \(number)< FILE, or COMMAND | where it is standard input."
      : "Give it a place to write to: \(number)> FILE, or | COMMAND where it is standard output."
  }
}
