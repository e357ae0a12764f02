#include "blob.h"
#include <linux/sched.h>
#include <sys/syscall.h>

BLOB_BEGIN

long blob_clone(uint64_t flags, int32_t tid, uint64_t stack, uint64_t stack_byte_count, void (*body)(void *),
                void *argument) {
  struct clone_args arguments;
  volatile char *bytes = (volatile char *)&arguments;
  for (unsigned long i = 0; i < sizeof(arguments); i++)
    bytes[i] = 0;
  arguments.flags = flags;
  arguments.stack = stack;
  arguments.stack_size = stack_byte_count;
  arguments.set_tid = (uint64_t)&tid;
  arguments.set_tid_size = 1;
  long result;
  register void *kept_argument __asm__("r12") = argument;
  register void *kept_body __asm__("r13") = body;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "mov %%r12, %%rdi\n\t"
                   "call *%%r13\n\t"
                   "ud2\n\t"
                   "1:"
                   : "=a"(result)
                   : "a"((long)SYS_clone3), "D"(&arguments), "S"(sizeof(arguments)), "r"(kept_argument), "r"(kept_body)
                   : "rcx", "r11", "memory");
  return result;
}

BLOB_END
