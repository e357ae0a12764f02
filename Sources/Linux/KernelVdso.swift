internal import CLinux
internal import Glibc

/// Whether the kernel makes a vdso where it is asked to (arch_prctl(2), ARCH_MAP_VDSO_64): to a process that has one, it
/// then says that it exists.
public func kernelMapsVdso() -> Bool {
  let mapVdso64 = 0x2003
  return Errno(result: systemCall(SystemCall(SYS_arch_prctl), mapVdso64, 0)) == .exists
}
