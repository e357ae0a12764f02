internal import CLinux

/// What changes the rules of the kernel's firewall, in this network namespace.
public enum Firewall: UInt64, Sendable, CaseIterable {
  /// libnftables, which takes the language of nft(8).
  case nftables = 0
  /// iptables-restore(8), which takes the format of iptables-save(8).
  case iptables = 4
  case ip6tables = 6

  /// Runs commands as one change: all of them or none.
  ///
  /// - Throws: `ENOENT` where the library or the program is missing, `EINVAL` when it refuses.
  public func run(_ commands: String) throws(Failure) {
    switch self {
    case .nftables: try runNftables(commands)
    case .iptables: try runRestore("iptables-restore", commands)
    case .ip6tables: try runRestore("ip6tables-restore", commands)
    }
  }

  private func runNftables(_ commands: String) throws(Failure) {
    var message = [CChar](repeating: 0, count: 1024)
    let result = cl_nftables_run(commands, &message, UInt(message.count))
    guard result != 0 else { return }
    guard result > 0 || message[0] != 0 else {
      throw Failure(
        "change the firewall", "libnftables.so.1", .noEntry,
        remedy: "Install libnftables1, or give --network-lock iptables or skip.")
    }
    let text = message.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 && $0 != 10 }, as: UTF8.self) }
    throw Failure(
      "change the firewall", "nftables: \(text)", .invalid,
      remedy: "Run with CAP_NET_ADMIN on a kernel with nftables, or give --network-lock skip.")
  }

  private func runRestore(_ program: String, _ commands: String) throws(Failure) {
    let file = try SharedMemoryFile.create(name: program)
    try file.descriptor.borrowed().write(Array(commands.utf8).span.bytes, program)
    let path = file.descriptor.withRaw { "/proc/\(currentPid())/fd/\($0)" }
    let search = "PATH=$PATH:/usr/sbin:/sbin exec \(program) -w -n \(path)"
    let status = try runProgram("/bin/sh", ["sh", "-c", search])
    guard status == .exited(0) else {
      throw Failure(
        "change the firewall", "\(program), which ended with \(status)",
        status == .exited(127) ? .noEntry : .invalid,
        remedy: "Its message says why: install iptables, or give --network-lock nftables or skip.")
    }
  }
}
