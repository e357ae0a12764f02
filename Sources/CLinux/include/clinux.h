/* What Swift cannot import from the C library, as shims without logic. Each returns -errno on failure. */
#pragma once
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <linux/futex.h>
#include <linux/sched.h>

/* The raw system call: the result, or -errno. Swift cannot call the variadic syscall(2). */
long cl_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The same in line, as a dump makes tens of thousands of them. */
static inline long cl_syscall_here(long number, long a, long b, long c, long d, long e, long f) {
#ifdef __x86_64__
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#else
  return cl_syscall(number, a, b, c, d, e, f);
#endif
}

/* The C library's message for an error number; never NULL. */
const char *cl_strerror(int number);

/* Process start with a chosen pid (clone3(2) set_tid). Returns 0 in the child, on a copy of the same stack. */
long cl_clone_process(unsigned long flags, int exit_signal, int set_tid);

/* Of the calling process, now: the C library caches neither after a raw clone3. */
int cl_getpid(void);

/* PAGEMAP_SCAN (6.7), declared by hand: Debian 12 has the headers of 6.1. Checked by size in clinux.c. */
struct cl_pagemap_scan {
  uint64_t size, flags, start, end, walk_end, regions, region_count, page_limit;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct cl_page_region {
  uint64_t start, end, categories;
};
enum : uint64_t {
  CL_PAGEMAP_SCAN = 0xc0606610, /* _IOWR('f', 16, struct pm_scan_arg) */
  CL_PM_SCAN_WP_MATCHING = 1 << 0, /* flags: protect what matches against writes, again */
  CL_PM_SCAN_CHECK_WPASYNC = 1 << 1, /* end with EPERM where writes are not tracked */
  CL_PAGE_IS_WRITTEN = 1 << 1,
  CL_PAGE_IS_FILE = 1 << 2,
  CL_PAGE_IS_PRESENT = 1 << 3,
  CL_PAGE_IS_SWAPPED = 1 << 4,
  CL_PAGE_IS_PFNZERO = 1 << 5,
  CL_PAGE_IS_GUARD = 1 << 8, /* 6.15 */
};

/* memfd_create(2) and its seals (fcntl(2)), by number: the C library hides some of them. */
enum : uint32_t {
  CL_MFD_CLOEXEC = 1,
  CL_MFD_ALLOW_SEALING = 2,
  CL_MFD_HUGETLB = 4,
  CL_F_ADD_SEALS = 1033,
  CL_F_GET_SEALS = 1034,
};
