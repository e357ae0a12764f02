/* Search in memory, and words that another process reads or writes at the same time. */
#pragma once
#include <stdint.h>

/* memmem(3): the first place of `wanted` in `bytes`, or NULL. */
const void *cl_memmem(const void *bytes, unsigned long byte_count, const void *wanted, unsigned long wanted_byte_count);

/* Sequentially consistent. */
void cl_store(uint32_t *word, uint32_t value);
void cl_add(int64_t *word, int64_t value);
uint32_t cl_load(const uint32_t *word);
/* Whether `expected` was there, and `value` is now. */
int cl_replace(uint32_t *word, uint32_t expected, uint32_t value);
uint32_t cl_fetch_add(uint32_t *word, uint32_t value);
/* The processor's hint that a word is looked at again and again. */
void cl_relax(void);

/* mallopt(3). */
int cl_mallopt(int parameter, int value);
enum { CL_M_TRIM_THRESHOLD = -1, CL_M_MMAP_THRESHOLD = -3 };

/* Free bytes at the end of malloc's heap (mallinfo2(3)). */
unsigned long cl_heap_end_byte_count(void);
