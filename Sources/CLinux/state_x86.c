#include "state_x86.h"
#include <cpuid.h>
#include <sys/rseq.h>

struct cl_cpuid cl_cpuid(uint32_t leaf, uint32_t subleaf) {
  struct cl_cpuid result = {0, 0, 0, 0};
  __get_cpuid_count(leaf, subleaf, &result.a, &result.b, &result.c, &result.d);
  return result;
}

uint64_t cl_extended_control_register(void) {
  unsigned int a, b, c, d, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | (uint64_t)high << 32;
}

uint64_t cl_rseq_address(void) { return (uint64_t)((char *)__builtin_thread_pointer() + __rseq_offset); }
uint32_t cl_rseq_size(void) { return __rseq_size; }
