#include "compat.h"
#include "blob.h"
#include <linux/mman.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Of arch/x86/entry/syscalls/syscall_32.tbl. */
enum : long {
  COMPAT_RT_SIGACTION = 174,
  COMPAT_SET_ROBUST_LIST = 311,
  COMPAT_GET_ROBUST_LIST = 312,
};

/* struct compat_sigaction of the kernel. */
struct compat_sigaction {
  uint32_t handler, flags, restorer, mask[2];
};

BLOB_BEGIN

static long compat_syscall4(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  int32_t result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"((int32_t)number), "b"((uint32_t)a), "c"((uint32_t)b), "d"((uint32_t)c), "S"((uint32_t)d)
                   : "r8", "r9", "r10", "r11", "memory"); /* older kernels clear these */
  return result;
}

long compat_get_robust_list(uint64_t *list, uint64_t *byte_count) {
  uint32_t list32 = 0;
  uint32_t byte_count32 = 0;
  long result = compat_syscall4(COMPAT_GET_ROBUST_LIST, 0, (uint64_t)&list32, (uint64_t)&byte_count32, 0);
  *list = list32;
  *byte_count = byte_count32;
  return result;
}

long compat_set_robust_list(uint64_t list, uint64_t byte_count) {
  return compat_syscall4(COMPAT_SET_ROBUST_LIST, list, byte_count, 0, 0);
}

long compat_set_sigaction(uint32_t signal, const struct state_sigaction *action, uint64_t scratch) {
  long result = blob_syscall6(SYS_mmap, (long)scratch, 4096, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (result < 0)
    return result;
  volatile struct compat_sigaction *action32 = (volatile struct compat_sigaction *)scratch;
  action32->handler = (uint32_t)action->handler;
  action32->flags = (uint32_t)action->flags;
  action32->restorer = (uint32_t)action->restorer;
  action32->mask[0] = (uint32_t)action->mask;
  action32->mask[1] = (uint32_t)(action->mask >> 32);
  result = compat_syscall4(COMPAT_RT_SIGACTION, signal, scratch, 0, 8);
  blob_syscall2(SYS_munmap, scratch, 4096);
  return result;
}

BLOB_END
