#include "blob.h"

/* Made by the linker for sections whose names are C identifiers, in whatever order, and what it likes between them. */
extern const char __start_blob[] __attribute__((visibility("hidden")));
extern const char __stop_blob[] __attribute__((visibility("hidden")));
extern const char __start_blob_restore[] __attribute__((visibility("hidden")));
extern const char __stop_blob_restore[] __attribute__((visibility("hidden")));

static uintptr_t lesser(uintptr_t a, uintptr_t b) { return a < b ? a : b; }
static uintptr_t greater(uintptr_t a, uintptr_t b) { return a > b ? a : b; }

const void *blob_start(void) { return (const void *)lesser((uintptr_t)__start_blob, (uintptr_t)__start_blob_restore); }

unsigned long blob_byte_count(void) {
  return greater((uintptr_t)__stop_blob, (uintptr_t)__stop_blob_restore) - (uintptr_t)blob_start();
}

const void *blob_dump_start(void) { return __start_blob; }
unsigned long blob_dump_byte_count(void) { return (unsigned long)(__stop_blob - __start_blob); }
