/* What Swift cannot import from the C library, as shims without logic. Each returns -errno on failure. */
#pragma once
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <linux/futex.h>
#include <linux/sched.h>

/* The raw system call: the result, or -errno. Swift cannot call the variadic syscall(2). */
long cl_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The C library's message for an error number; never NULL. */
const char *cl_strerror(int number);

/* Process start with a chosen pid (clone3(2) set_tid). Returns 0 in the child, on a copy of the same stack. */
long cl_clone_process(unsigned long flags, int exit_signal, int set_tid);

/* Of the calling process, now: the C library caches neither after a raw clone3. */
int cl_getpid(void);
