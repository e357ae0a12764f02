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
    let library = try Nftables()
    guard let context = library.makeContext(0) else {
      throw Failure("change the firewall", "nftables", .noMemory, remedy: "Free memory, or give --network-lock skip.")
    }
    defer { library.freeContext(context) }
    _ = library.keepErrors(context)
    guard library.run(context, commands) != 0 else { return }
    let text = library.errors(context).map { String(cString: $0) } ?? ""
    throw Failure(
      "change the firewall", "nftables: \(text.prefix { $0 != "\n" })", .invalid,
      remedy: "Run with CAP_NET_ADMIN on a kernel with nftables, or give --network-lock skip.")
  }

  /// Whether a rule is there, in the form of iptables(8): "INPUT -j CRIU".
  ///
  /// - Throws: `ENOENT` where the program is missing.
  public func hasRule(_ rule: String) throws(Failure) -> Bool {
    let program = self == .ip6tables ? "ip6tables" : "iptables"
    let search = "PATH=$PATH:/usr/sbin:/sbin exec \(program) -w -C \(rule) 2> /dev/null"
    let status = try runProgram("/bin/sh", ["sh", "-c", search])
    if status == .exited(127) { throw refused(program, status) }
    return status == .exited(0)
  }

  /// Whether the kernel has packets that `ip6tables` is for.
  public static func hasIPv6() -> Bool { (try? FilePath("/proc/sys/net/ipv6").status()) != nil }

  private func runRestore(_ program: String, _ commands: String) throws(Failure) {
    let file = try SharedMemoryFile.create(name: program)
    try file.descriptor.borrowed().write(Array(commands.utf8).span.bytes, program)
    let path = file.descriptor.withRaw { "/proc/\(currentPid())/fd/\($0)" }
    let search = "PATH=$PATH:/usr/sbin:/sbin exec \(program) -w -n \(path)"
    let status = try runProgram("/bin/sh", ["sh", "-c", search])
    guard status == .exited(0) else { throw refused(program, status) }
  }

  private func refused(_ program: String, _ status: ExitStatus) -> Failure {
    Failure(
      "change the firewall", "\(program), which ended with \(status)",
      status == .exited(127) ? .noEntry : .invalid,
      remedy: "Its message says why: install iptables, or give --network-lock nftables or skip.")
  }
}

/// The functions of libnftables that the firewall needs (nftables/libnftables.h).
private struct Nftables {
  let makeContext: @convention(c) (CUnsignedInt) -> OpaquePointer?
  let freeContext: @convention(c) (OpaquePointer) -> Void
  let keepErrors: @convention(c) (OpaquePointer) -> CInt
  let errors: @convention(c) (OpaquePointer) -> UnsafePointer<CChar>?
  let run: @convention(c) (OpaquePointer, UnsafePointer<CChar>) -> CInt

  init() throws(Failure) {
    let library = try DynamicLibrary("libnftables.so.1", package: "libnftables1")
    makeContext = try library.function("nft_ctx_new")
    freeContext = try library.function("nft_ctx_free")
    keepErrors = try library.function("nft_ctx_buffer_error")
    errors = try library.function("nft_ctx_get_error_buffer")
    run = try library.function("nft_run_cmd_from_buffer")
  }
}
