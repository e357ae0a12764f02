#include "clinux.h"
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/sched.h>

long cl_syscall(long number, long a, long b, long c, long d, long e, long f) {
  long result = syscall(number, a, b, c, d, e, f);
  return result == -1 ? -errno : result;
}

const char *cl_strerror(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

long cl_clone_process(unsigned long flags, int exit_signal, int set_tid) {
  pid_t tid = set_tid;
  struct clone_args arguments = {
      .flags = flags,
      .exit_signal = (uint64_t)exit_signal,
      .set_tid = set_tid ? (uint64_t)&tid : 0,
      .set_tid_size = set_tid ? 1 : 0,
  };
  long result = syscall(SYS_clone3, &arguments, sizeof(arguments));
  return result == -1 ? -errno : result;
}

int cl_getpid(void) { return (int)syscall(SYS_getpid); }

/* The ABI of linux/fs.h: _IOWR(type 'f', number 16) of twelve words; a region of three. */
_Static_assert(sizeof(struct cl_pagemap_scan) == 96, "struct pm_scan_arg has 96 bytes");
_Static_assert(sizeof(struct cl_page_region) == 24, "struct page_region has 24 bytes");
_Static_assert(CL_PAGEMAP_SCAN == _IOWR('f', 16, struct cl_pagemap_scan), "PAGEMAP_SCAN");
