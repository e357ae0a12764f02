internal import Images
internal import Linux

/// The vdso of the running kernel, which a restored task gets in place of the one that it had: there, if its functions
/// are where the task knows them; else the old code stays, as a proxy of it (`VdsoProxy`).
struct Vdso {
  /// For which code it is.
  let request: VdsoRequest
  /// Its mappings in our process, or where a child had them: the parts of vvar, then the code, one behind the other.
  let parts: [Range<UInt64>]
  /// The code, of which every process has the same.
  let contents: UnsafeRawBufferPointer
  /// Addresses for it that no task uses; `nil`: the tasks leave no room.
  var parking: UInt64?
  /// Whether a task gets what it inherited of ours, since the kernel makes no other.
  let movesOurs: Bool
  /// Whether the code of the images stays even where the kernel's could take its place.
  let alwaysProxies: Bool

  var code: Range<UInt64> { parts[parts.count - 1] }
  var range: Range<UInt64> { parts[0].lowerBound..<code.upperBound }
  var variables: Range<UInt64> { range.lowerBound..<code.lowerBound }
}

extension Vdso {
  /// That of 64-bit code.
  ///
  /// - Parameter own: The mappings of the calling process.
  /// - Returns: `nil` where the kernel gives none.
  init?(in own: [MapsEntry], parking: UInt64? = nil, fault: Fault? = nil) {
    guard let code = own.first(where: { $0.name == .vdso }) else { return nil }
    let variables = own.filter { $0.name == .vvar || $0.name == .vvarClock }
    self.init(
      .of64BitCode, (variables + [code]).map(\.range),
      contents: UnsafeRawBufferPointer(
        start: UnsafeRawPointer(bitPattern: UInt(code.range.lowerBound)), count: code.range.count),
      parking: parking, movesOurs: fault == .cannotMapVdso || !kernelMapsVdso(),
      alwaysProxies: fault == .vdsoTrampolines)
  }

  /// - Returns: `nil` where the parts are not what a vdso has.
  init?(
    _ request: VdsoRequest, _ parts: [Range<UInt64>], contents: UnsafeRawBufferPointer, parking: UInt64?,
    movesOurs: Bool = false, alwaysProxies: Bool = false
  ) {
    guard parts.count > 1, zip(parts, parts.dropFirst()).allSatisfy({ $0.upperBound == $1.lowerBound }) else {
      return nil
    }
    self.request = request
    self.parts = parts
    self.contents = contents
    self.parking = parking
    self.movesOurs = movesOurs
    self.alwaysProxies = alwaysProxies
  }

  // MARK: What a task had

  /// Whether what the task had can be restored at all.
  static func check(_ mappings: [RestoredMapping], subject: String, running: Vdso?) throws(Failure) {
    let variables = mappings.filter { $0.kind == .vvar }
    let code = mappings.filter { $0.kind == .vdso }
    if variables.isEmpty, code.isEmpty { return }
    guard let running, variables.count <= 1, code.count == 1 else { throw other(subject) }
    if running.movesOurs || running.alwaysProxies || !running.hasSizes(of: mappings) {
      try running.checkParking(subject)
    }
  }

  func checkParking(_ subject: String) throws(Failure) {
    guard parking == nil else { return }
    throw Failure(
      "find addresses for the kernel's vdso", subject, .noMemory,
      remedy: "The tasks fill the address space: restore on the kernel version of the dump.")
  }

  func hasSizes(of mappings: [RestoredMapping]) -> Bool {
    let variables = mappings.first { $0.kind == .vvar }
    let code = mappings.first { $0.kind == .vdso }
    return variables?.byteCount == self.variables.count && code?.byteCount == self.code.count
  }

  /// Whether each function of a task's vdso is at the same place in the running one.
  func hasFunctions(of image: UnsafeRawBufferPointer) -> Bool {
    if haveEqualBytes(contents, image) { return true }
    guard let known = ElfSymbols.defined(in: image), let running = ElfSymbols.defined(in: contents), !known.isEmpty
    else { return false }
    return known.allSatisfy { running[$0.key] == $0.value }
  }

  static func other(_ subject: String) -> Failure {
    Failure(
      "restore the vdso", "\(subject) was dumped on a kernel with another one", .notSupported,
      remedy: "Restore on the kernel version of the dump.")
  }
}
