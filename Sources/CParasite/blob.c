#include "blob.h"

/* Made by the linker for a section whose name is a C identifier. */
extern const char __start_blob[] __attribute__((visibility("hidden")));
extern const char __stop_blob[] __attribute__((visibility("hidden")));

const void *blob_start(void) { return __start_blob; }
unsigned long blob_byte_count(void) { return (unsigned long)(__stop_blob - __start_blob); }
