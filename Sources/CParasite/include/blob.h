/*
 * Rules of the blob: freestanding code that is copied into other processes, so that nothing in it may refer to
 * anything outside of it. Every file opens with BLOB_BEGIN, or with BLOB_BEGIN_RESTORE where only a restore runs its
 * code, and closes with BLOB_END. It avoids what makes the compiler call or point outside: switch (jump tables), string
 * literals, static tables, floating constants, struct copies and initialisers (memset, memcpy), __int128 division. A test
 * reads the relocations of the objects. The compiler sees to it that no floating-point or vector register is used, so
 * that a thread's own stay in them.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define BLOB_PRAGMA(text) _Pragma(#text)
#define BLOB_BEGIN_IN(name) \
  BLOB_PRAGMA(clang attribute push(__attribute__((section(name), no_stack_protector, no_builtin, noinline, optnone, \
    no_profile_instrument_function, disable_sanitizer_instrumentation, target("general-regs-only"), \
    visibility("hidden"))), apply_to = function))
#define BLOB_BEGIN BLOB_BEGIN_IN("blob")
#define BLOB_BEGIN_RESTORE BLOB_BEGIN_IN("blob_restore")
#define BLOB_END _Pragma("clang attribute pop")
#else
#error "the blob is compiled by clang only"
#endif

/* One system call of the process that the blob runs in; -errno on failure. */
static inline __attribute__((always_inline, target("general-regs-only"))) long blob_syscall6(
    long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#define blob_syscall0(n) blob_syscall6(n, 0, 0, 0, 0, 0, 0)
#define blob_syscall1(n, a) blob_syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define blob_syscall2(n, a, b) blob_syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define blob_syscall3(n, a, b, c) blob_syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define blob_syscall4(n, a, b, c, d) blob_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define blob_syscall5(n, a, b, c, d, e) blob_syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/*
 * clone3(2) with CLONE_VM among `flags`, a chosen id, and no signal at the end: the child runs `body` on its own stack,
 * and never returns from it. Its id, or -errno.
 */
long blob_clone(uint64_t flags, int32_t tid, uint64_t stack, uint64_t stack_byte_count, void (*body)(void *),
                void *argument);

/* The blob in our own process, for the engine: where it begins and how many bytes it has; the same of the part that a
 * dump runs, which is copied into a task while that stands still. */
const void *blob_start(void);
unsigned long blob_byte_count(void);
const void *blob_dump_start(void);
unsigned long blob_dump_byte_count(void);
