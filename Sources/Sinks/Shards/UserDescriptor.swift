public import Linux

/// Takes a descriptor that the user named, so that nothing but us writes there or reads from it: it is 10 or above from
/// then on, and a standard one is /dev/null.
///
/// - Parameters:
///   - name: "shard 2", for messages.
///   - purpose: What cannot be used for it is refused here, long before the first byte: a dump has frozen nothing yet.
/// - Throws: `EBADF` it is not open, or not for this; `EINVAL` it is a terminal.
public func takeDescriptor(_ number: CInt, as name: String, for purpose: DescriptorPurpose) throws(Failure) -> OwnedFD {
  let subject = "\(name) (descriptor \(number))"
  func unusable(_ what: String, _ errno: Errno) -> Failure {
    Failure("use the descriptor", "\(subject), which is \(what)", errno, remedy: purpose.remedy(number))
  }
  let given = BorrowedFD(number)
  let flags: Int32
  do throws(Failure) { flags = try given.flags(subject) } catch { throw unusable("not open", error.errno) }
  let mode = UInt32(bitPattern: flags) & FileFlags.accessMode
  guard mode == FileFlags.readWrite || mode == purpose.accessMode else {
    throw unusable("not open for \(purpose)", .badDescriptor)
  }
  guard !isTerminal(number) else { throw unusable("a terminal", .invalid) }
  let ours = OwnedFD(adopting: try given.duplicate(from: 10, subject))
  if number > 2 { given.close() } else { try replaceByNull(number) }
  return ours
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
