/* What Swift cannot import from the C library, as shims without logic. Each returns -errno on failure. */
#pragma once
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* The raw system call: the result, or -errno. Swift cannot call the variadic syscall(2). */
long cl_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The C library's message for an error number; never NULL. */
const char *cl_strerror(int number);

/* vfork-free process start: clone3(2) with `args`; returns in the child with 0 on the same stack (no CLONE_VM). */
long cl_clone3(void *args, unsigned long size);
