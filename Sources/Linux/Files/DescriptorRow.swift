internal import CLinux

/// Descriptors of this process that are to be closed: a row of numbers takes one call (close_range(2)).
public final class DescriptorRow {
  private var first: UInt32 = 0
  private var count: UInt32 = 0

  /// What stays open until then counts against the limit.
  private static let mostCount = 32

  public init() {}

  deinit { close() }

  /// Takes one, and closes the row where it is full or this one does not fit to its end.
  public func add(_ file: consuming OwnedFD) {
    let number = UInt32(file.release())
    if number != first + count || count == DescriptorRow.mostCount {
      close()
      first = number
    }
    count += 1
  }

  public func close() {
    guard count > 0 else { return }
    let range = first..<first + count
    count = 0
    if systemCall(SystemCall(SYS_close_range), Int(range.first!), Int(range.last!), 0) < 0 {
      for number in range { BorrowedFD(CInt(number)).close() }
    }
  }
}
