internal import Linux

/// The device numbers by which mappings of shared memory are told from mappings of files: the kernel's own tmpfs, and
/// its own hugetlbfs of each page size.
struct MemoryDevices {
  private struct Device: Hashable {
    let major: UInt32
    let minor: UInt32
  }

  /// MFD_HUGETLB and the logarithm of the page size in bits 26 to 31, by device; 0 for pages of usual size.
  private var hugePageFlags: [Device: UInt32] = [:]

  /// Asks the kernel, by making an empty object of each sort. A page size that it does not have is left out.
  static func probe() throws(Failure) -> MemoryDevices {
    var devices = MemoryDevices()
    try devices.add(SharedMemoryFile.create(name: "probe"), hugePageFlags: 0)
    for pageBits: UInt32 in [21, 30] {
      let flags = 4 | pageBits << 26
      let object: SharedMemoryFile
      do throws(Failure) { object = try .create(name: "probe", hugePageFlags: flags) } catch { continue }
      try devices.add(object, hugePageFlags: flags)
    }
    return devices
  }

  private mutating func add(_ object: SharedMemoryFile, hugePageFlags flags: UInt32) throws(Failure) {
    let status = try object.status()
    hugePageFlags[Device(major: status.deviceMajor, minor: status.deviceMinor)] = flags
  }

  /// - Returns: `nil` for another file system's device.
  func hugePageFlags(deviceMajor: UInt32, deviceMinor: UInt32) -> UInt32? {
    hugePageFlags[Device(major: deviceMajor, minor: deviceMinor)]
  }

  func holdsMemory(_ entry: MapsEntry) -> Bool {
    hugePageFlags(deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor) != nil
  }
}
