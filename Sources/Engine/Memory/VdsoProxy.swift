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
  ///
  /// In a program of 32-bit code they stay, as plain memory: its threads return from system calls into the kernel's
  /// vdso, and from signal handlers, and may be on their way when they are dumped.
  static func settle(_ mappings: [Mapping], in task: FrozenTask) -> [Mapping] {
    for mapping in mappings where mapping.kind == .vdso {
      guard let mark = readWords(of: task.pid, at: mapping.range.lowerBound, count: 5), mark[0] == signature else {
        continue
      }
      let is32Bit = task.threads[0].context.registers.is32Bit
      return settle(mappings, code: mapping.range.lowerBound, mark: mark, is32Bit: is32Bit)
    }
    return mappings
  }

  /// - Parameters:
  ///   - code: Where the mark is.
  ///   - mark: Words: signature, the proxy's code, version, the proxy's vvar, the vvar beside the mark.
  static func settle(_ mappings: [Mapping], code: UInt64, mark: [UInt64], is32Bit: Bool = false) -> [Mapping] {
    mappings.compactMap { mapping in
      let start = mapping.range.lowerBound
      if start == code { return is32Bit ? Mapping(kind: .leftVdso, entry: mapping.entry) : nil }
      if start == mark[4], mapping.kind == .vvar { return is32Bit ? Mapping(kind: .leftVvar, entry: mapping.entry) : nil }
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
  /// - Parameters:
  ///   - proxy: Where the image will be in the task.
  ///   - code: Where the running vdso's code will be.
  /// - Throws: `EOPNOTSUPP` it is no vdso, or a jump of an earlier restore leads to what this kernel lacks.
  static func redirect(
    _ image: UnsafeMutableRawBufferPointer, at proxy: UInt64, to vdso: Vdso, at code: UInt64, subject: String
  ) throws(Failure) {
    let jump: Jump = vdso.request == .of32BitCode ? .near : .far
    guard let known = ElfSymbols.defined(in: UnsafeRawBufferPointer(image)),
      let running = ElfSymbols.defined(in: vdso.contents), !known.isEmpty
    else { throw Vdso.other(subject) }
    for (name, offset) in known where isRedirected(name) {
      guard offset < UInt64(image.count), image.count - Int(offset) >= jump.byteCount else { throw Vdso.other(subject) }
      let function = UnsafeMutableRawBufferPointer(rebasing: image[Int(offset)..<(Int(offset) + jump.byteCount)])
      if let target = running[name] {
        jump.put(from: proxy + offset, to: code + target, into: function)
      } else if jump.isFound(in: UnsafeRawBufferPointer(function)) {
        throw Vdso.other(subject)
      }
    }
  }

  /// Not what depends on more than arguments: the state of getrandom has a form that each kernel chooses.
  private static func isRedirected(_ name: String) -> Bool {
    if name == "__kernel_vsyscall" { return true }
    return name.hasPrefix("__vdso_") && name != "__vdso_getrandom" && name != "__vdso_sgx_enter_enclave"
  }

  /// The instructions that take the place of a function's first ones.
  private enum Jump {
    /// movabs $target, %rax; jmp *%rax
    case far
    /// jmp target: it changes no register, and reaches all that 32-bit code has addresses for.
    case near

    var byteCount: Int { self == .far ? 12 : 5 }

    func put(from place: UInt64, to target: UInt64, into function: UnsafeMutableRawBufferPointer) {
      if self == .near {
        function.storeBytes(of: 0xe9, toByteOffset: 0, as: UInt8.self)
        function.storeBytes(of: UInt32(truncatingIfNeeded: target &- place &- 5), toByteOffset: 1, as: UInt32.self)
        return
      }
      function.storeBytes(of: 0xb848, toByteOffset: 0, as: UInt16.self)
      function.storeBytes(of: target, toByteOffset: 2, as: UInt64.self)
      function.storeBytes(of: 0xe0ff, toByteOffset: 10, as: UInt16.self)
    }

    func isFound(in function: UnsafeRawBufferPointer) -> Bool {
      if self == .near { return function[0] == 0xe9 }
      return function.loadUnaligned(as: UInt16.self) == 0xb848
        && function.loadUnaligned(fromByteOffset: 10, as: UInt16.self) == 0xe0ff
    }
  }
}
