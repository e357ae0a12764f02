internal import CLinux
internal import Glibc

/// arch_prctl(2): the kernel makes a vdso where it is asked to, in a process that has none.
public enum VdsoRequest: UInt32, Sendable {
  /// ARCH_MAP_VDSO_32
  case of32BitCode = 0x2002
  /// ARCH_MAP_VDSO_64
  case of64BitCode = 0x2003
}

/// Whether the kernel knows the request: to a process that has a vdso, it then says that it exists.
public func kernelMapsVdso(_ request: VdsoRequest = .of64BitCode) -> Bool {
  Errno(result: systemCall(SystemCall(SYS_arch_prctl), Int(request.rawValue), 0)) == .exists
}
