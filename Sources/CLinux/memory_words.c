#include "memory_words.h"
#include <malloc.h>
#include <string.h>

const void *cl_memmem(const void *bytes, unsigned long byte_count, const void *wanted, unsigned long wanted_byte_count) {
  return memmem(bytes, byte_count, wanted, wanted_byte_count);
}

void cl_store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

void cl_add(int64_t *word, int64_t value) { __atomic_fetch_add(word, value, __ATOMIC_RELAXED); }

uint32_t cl_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

int cl_replace(uint32_t *word, uint32_t expected, uint32_t value) {
  return __atomic_compare_exchange_n(word, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

uint32_t cl_fetch_add(uint32_t *word, uint32_t value) { return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST); }

void cl_relax(void) { __builtin_ia32_pause(); }

_Static_assert(CL_M_TRIM_THRESHOLD == M_TRIM_THRESHOLD && CL_M_MMAP_THRESHOLD == M_MMAP_THRESHOLD, "of malloc.h");
int cl_mallopt(int parameter, int value) { return mallopt(parameter, value); }

unsigned long cl_heap_end_byte_count(void) { return mallinfo2().keepcost; }
