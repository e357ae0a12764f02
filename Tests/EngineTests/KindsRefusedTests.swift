import Glibc
import Images
import Linux
import Testing

@testable import Engine

/// Descriptors that no restore could make again: the error names the task, the descriptor, what it is, and what to do.
@Suite(.enabled(if: geteuid() == 0, "makes such descriptors: needs root")) struct KindsRefusedTests {
  enum Kind: String, CaseIterable {
    case uring = "anon_inode:[io_uring]"
    case userfaults = "anon_inode:[userfaultfd]"
    case performance = "anon_inode:[perf_event]"
    case map = "anon_inode:bpf-map"
    case secret = "memfd_secret(2)"

    /// - Returns: A negative number where this kernel has none.
    func make() -> CInt {
      typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
      let call = unsafeBitCast(dlsym(nil, "syscall"), to: Call.self)
      var words = [UInt64](repeating: 0, count: 32)
      return words.withUnsafeMutableBytes { buffer in
        let address = Int(bitPattern: buffer.baseAddress)
        switch self {
        case .uring: return CInt(call(425, 8, address, 0, 0, 0, 0))
        case .userfaults: return CInt(call(323, 1, 0, 0, 0, 0, 0))
        case .performance:
          buffer.storeBytes(of: 1 | 112 << 32, as: UInt64.self)  // a software event, the bytes of the structure
          return CInt(call(298, address, 0, -1, -1, 0, 0))
        case .map:
          buffer.storeBytes(of: 2 | 4 << 32, as: UInt64.self)  // an array with keys of 4 bytes
          buffer.storeBytes(of: 4 | 1 << 32, toByteOffset: 8, as: UInt64.self)  // one value of 4 bytes
          return CInt(call(321, 0, address, 128, 0, 0, 0))
        case .secret: return CInt(call(447, 0, 0, 0, 0, 0, 0))
        }
      }
    }

    var isThere: Bool {
      let number = make()
      if number >= 0 { BorrowedFD(number).close() }
      return number >= 0
    }
  }

  @Test(arguments: Kind.allCases.filter(\.isThere)) func whatCannotComeBackIsRefused(_ kind: Kind) throws {
    let victim = try KindsProcess.ready { _ in try keepOnly([kind.make()]) }
    let number = try descriptorNumbers(of: victim.pid)[0]
    let failure = #expect(throws: Failure.self) { try KindsSet(dumping: [victim]) }
    let words = "\(failure!)"
    #expect(words.contains("pid \(victim.pid) (kinds), descriptor \(number)") && words.contains(kind.rawValue))
    #expect(words.contains("before the dump"))
    // Before the freeze, in the same words.
    let forecast = #expect(throws: Failure.self) { try Forecast(root: victim.pid) }
    #expect("\(forecast!)".contains("pid \(victim.pid) ") && "\(forecast!)".contains(", descriptor \(number): "))
  }
}
