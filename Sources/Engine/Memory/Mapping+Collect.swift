internal import Linux

extension Mapping {
  /// What a dump cannot store, with the reason.
  private enum Refusal {
    case device, shadowStack

    var errnoAndRemedy: (Errno, String) {
      switch self {
      case .device:
        (.notSupported, "Close the device that this memory belongs to, or end the program before the dump.")
      case .shadowStack: (.notSupported, "Run the program with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off.")
      }
    }
  }

  /// The mappings of a task: told apart, the parts of vvar as one, those of tracing tools left out.
  ///
  /// - Parameter entries: Of /proc/PID/smaps.
  /// - Throws: `EOPNOTSUPP` naming the first mapping that cannot be stored.
  static func all(
    of task: FrozenTask, in entries: [MapsEntry], devices: MemoryDevices
  ) throws(Failure) -> [Mapping] {
    VdsoProxy.settle(try all(in: entries, subject: task.subject, devices: devices), in: task)
  }

  static func all(
    in entries: [MapsEntry], subject: String, devices: MemoryDevices
  ) throws(Failure) -> [Mapping] {
    var mappings: [Mapping] = []
    mappings.reserveCapacity(entries.count)
    for entry in entries {
      if entry.name == .uprobes { continue }
      if entry.name == .vvarClock, let last = mappings.last, last.kind == .vvar, last.entry.end == entry.start {
        mappings[mappings.count - 1].entry.end = entry.end
        continue
      }
      let mapping = Mapping(kind: kind(of: entry, devices: devices), entry: entry)
      if let refusal = refusal(of: mapping) {
        let (errno, remedy) = refusal.errnoAndRemedy
        throw Failure("dump the memory", mapping.subject(of: subject), errno, remedy: remedy)
      }
      mappings.append(mapping)
    }
    return mappings
  }

  private static func kind(of entry: MapsEntry, devices: MemoryDevices) -> Kind {
    switch entry.name {
    case .vdso: return .vdso
    case .vvar, .vvarClock: return .vvar
    case .vsyscall: return .vsyscall
    case .heap: return .heap
    case .aioRing: return .aioRing
    case .socket: return .packetRing
    default: break
    }
    if entry.inode == 0, entry.deviceMajor == 0, entry.deviceMinor == 0 { return .anonymous }
    guard devices.holdsMemory(entry) else { return .file }
    if entry.name == .sysV { return .sysV }
    // A private anonymous mapping of huge pages has an object of its own inside, which nobody else can reach.
    if entry.name == .anonymousHuge || entry.name == .bracketed, !entry.isShared { return .anonymous }
    return .sharedMemory
  }

  private static func refusal(of mapping: Mapping) -> Refusal? {
    switch mapping.kind {
    case .vdso, .vvar, .vsyscall: return nil
    default: break
    }
    if mapping.entry.flags.contains(.shadowStack) { return .shadowStack }
    return mapping.entry.flags.isDisjoint(with: [.inputOutput, .pageFrames]) ? nil : .device
  }
}
