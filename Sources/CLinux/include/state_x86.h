/* What the engine must ask the processor itself; x86_64. */
#pragma once
#include <stdint.h>

/* The CPUID instruction. */
struct cl_cpuid {
  uint32_t a, b, c, d;
};
struct cl_cpuid cl_cpuid(uint32_t leaf, uint32_t subleaf);

/* XCR0, the state components that the kernel has switched on; 0 without XSAVE. */
uint64_t cl_extended_control_register(void);

/* The calling thread's rseq area, which the C library registered; `size` 0: it did not. */
uint64_t cl_rseq_address(void);
uint32_t cl_rseq_size(void);
