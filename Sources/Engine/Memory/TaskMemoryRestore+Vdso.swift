internal import CParasite
internal import Images
internal import Linux

extension TaskMemoryRestore {
  private var codeIndex: Int? { mappings.firstIndex { $0.kind == .vdso } }
  private var variablesStart: UInt64? { mappings.first { $0.kind == .vvar }?.entry.start }

  /// Decides whether the kernel's vdso takes the place of the task's, once the pages of that are known.
  func settleVdso(files: MappingFiles) throws(Failure) {
    guard let vdso, let index = codeIndex else { return }
    let mapping = mappings[index]
    // Only the whole of it tells where its functions are.
    guard vdsoImage.count == mapping.byteCount else {
      guard vdso.hasSizes(of: mappings), !vdso.alwaysProxies else { throw Vdso.other(subject) }
      return
    }
    let isSame = vdsoImage.withUnsafeBytes { vdso.hasSizes(of: mappings) && vdso.hasFunctions(of: $0) }
    if isSame, !vdso.alwaysProxies { return }
    try vdso.checkParking(subject)
    let place = try place(of: index, files: files)
    let image = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: UInt(place.address)), count: mapping.byteCount)
    image.copyBytes(from: vdsoImage)
    try VdsoProxy.redirect(
      image, at: mapping.entry.start, to: vdso, at: vdso.parking! + UInt64(vdso.variables.count), subject: subject)
    proxiesVdso = true
  }

  /// What the blob does for it, and what it must keep mapped when it unmaps all that is ours.
  func vdsoSteps(in area: BootstrapArea) throws(Failure) -> (steps: memory_vdso, keep: [Range<UInt64>]) {
    var steps = memory_vdso()
    guard let vdso, let index = codeIndex else { return (steps, []) }
    let code = mappings[index].entry.start
    steps.byte_count = UInt64(vdso.range.count)
    steps.request = UInt64(vdso.request.rawValue)
    let isInPlace = !proxiesVdso && !vdso.movesOurs && variablesStart == code - UInt64(vdso.variables.count)
    let first = isInPlace ? variablesStart! : vdso.parking!
    if !vdso.movesOurs { steps.map_at = first }
    if vdso.movesOurs {
      (steps.park, steps.park_count) = try list(
        vdso.parts.map { move($0, to: $0.lowerBound - vdso.range.lowerBound + first) }, in: area)
    }
    if proxiesVdso {
      let mark = VdsoProxy.mark(proxyCode: code, proxyVariables: variablesStart, variables: first)
      (steps.mark, steps.mark_count) = try list(mark, in: area)
      steps.code = memory_range(
        start: first + UInt64(vdso.variables.count), end: first + UInt64(vdso.range.count))
    } else if !isInPlace {
      (steps.place, steps.place_count) = try list(
        vdso.parts.map { part in
          let parked = (part.lowerBound - vdso.range.lowerBound + first)..<(part.upperBound - vdso.range.lowerBound + first)
          let target = part == vdso.code ? code : variablesStart! + part.lowerBound - vdso.range.lowerBound
          return move(parked, to: target)
        }, in: area)
    }
    return (steps, vdso.movesOurs ? [first..<(first + steps.byte_count)] : [])
  }

  private func move(_ range: Range<UInt64>, to target: UInt64) -> memory_move {
    memory_move(from: range.lowerBound, to: target, byte_count: UInt64(range.count))
  }
}
