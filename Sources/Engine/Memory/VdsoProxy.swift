internal import Linux

/// The vdso of another kernel that a task keeps: its functions jump into the running kernel's vdso, which is mapped
/// beside it and marked, so that the next dump knows both (the mark is CRIU's).
///
/// What does not jump finds zeros where vvar was, which is how a vdso is told to make a system call.
enum VdsoProxy {
  // MARK: Dump

  /// "CRIUvDSO", in place of the ELF header of the running kernel's code.
  private static let signature: UInt64 = 0x4f53_4476_5549_5243
  private static let version: UInt64 = 3
  private static let none = UInt64.max

  /// Tells the kernel's own mappings from those that a proxy has taken the place of: the former are left out.
  static func settle(_ mappings: [Mapping], in task: FrozenTask) -> [Mapping] {
    for mapping in mappings where mapping.kind == .vdso {
      guard let mark = readWords(of: task.pid, at: mapping.range.lowerBound, count: 5), mark[0] == signature else {
        continue
      }
      return settle(mappings, code: mapping.range.lowerBound, mark: mark)
    }
    return mappings
  }

  /// - Parameters:
  ///   - code: Where the mark is.
  ///   - mark: Words: signature, the proxy's code, version, the proxy's vvar, the vvar beside the mark.
  static func settle(_ mappings: [Mapping], code: UInt64, mark: [UInt64]) -> [Mapping] {
    mappings.compactMap { mapping in
      let start = mapping.range.lowerBound
      if start == code || (start == mark[4] && mapping.kind == .vvar) { return nil }
      if start == mark[1] { return Mapping(kind: .vdso, entry: mapping.entry) }
      if start == mark[3] { return Mapping(kind: .vvar, entry: mapping.entry) }
      return mapping
    }
  }

  // MARK: Restore

  static func mark(proxyCode: UInt64, proxyVariables: UInt64?, variables: UInt64) -> [UInt64] {
    [signature, proxyCode, version, proxyVariables ?? none, variables]
  }

  /// Makes the functions of an image jump to those of the running vdso.
  ///
  /// - Parameter code: Where that will be in the task.
  /// - Throws: `EOPNOTSUPP` it is no vdso, or a jump of an earlier restore leads to what this kernel lacks.
  static func redirect(
    _ image: UnsafeMutableRawBufferPointer, to vdso: Vdso, at code: UInt64, subject: String
  ) throws(Failure) {
    guard let known = ElfSymbols.defined(in: UnsafeRawBufferPointer(image)),
      let running = ElfSymbols.defined(in: vdso.contents), !known.isEmpty
    else { throw Vdso.other(subject) }
    for (name, offset) in known where isRedirected(name) {
      guard offset < UInt64(image.count), image.count - Int(offset) >= jumpByteCount else { throw Vdso.other(subject) }
      let function = UnsafeMutableRawBufferPointer(rebasing: image[Int(offset)..<(Int(offset) + jumpByteCount)])
      if let target = running[name] {
        putJump(to: code + target, into: function)
      } else if isJump(UnsafeRawBufferPointer(function)) {
        throw Vdso.other(subject)
      }
    }
  }

  /// Not what depends on more than arguments: the state of getrandom has a form that each kernel chooses.
  private static func isRedirected(_ name: String) -> Bool {
    name.hasPrefix("__vdso_") && name != "__vdso_getrandom" && name != "__vdso_sgx_enter_enclave"
  }

  // movabs $target, %rax; jmp *%rax
  private static let jumpByteCount = 12

  private static func putJump(to target: UInt64, into function: UnsafeMutableRawBufferPointer) {
    function.storeBytes(of: 0xb848, toByteOffset: 0, as: UInt16.self)
    function.storeBytes(of: target, toByteOffset: 2, as: UInt64.self)
    function.storeBytes(of: 0xe0ff, toByteOffset: 10, as: UInt16.self)
  }

  private static func isJump(_ function: UnsafeRawBufferPointer) -> Bool {
    function.loadUnaligned(as: UInt16.self) == 0xb848
      && function.loadUnaligned(fromByteOffset: 10, as: UInt16.self) == 0xe0ff
  }
}
