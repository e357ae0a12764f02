#include "last_steps.h"
#include "blob.h"

void last_steps_main(struct last_steps *steps);

void last_steps_enter(struct last_steps *steps) {
  uint64_t entry = steps->code + ((const char *)last_steps_main - (const char *)blob_start());
  __asm__ volatile("mov %[stack], %%rsp\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "call *%[entry]\n\t"
                   "ud2"
                   :
                   : [stack] "r"(steps->threads[0].stack_top), [entry] "r"(entry), "D"(steps)
                   : "memory");
  __builtin_unreachable();
}
