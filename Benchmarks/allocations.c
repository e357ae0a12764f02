/* Preloaded into an engine (LD_PRELOAD), counts what it and all processes cloned from it ask of malloc(3) and its like,
   in the 8 bytes of the file ALLOCATIONS_FILE. The counter is mapped at the start: nothing here allocates. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static long before, *count = &before;

__attribute__((constructor)) static void open_counter(void) {
  int file = open(getenv("ALLOCATIONS_FILE"), O_RDWR);
  long *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file < 0 || shared == MAP_FAILED)
    abort();
  close(file);
  __atomic_fetch_add(shared, before, __ATOMIC_RELAXED);
  count = shared;
}

static void add(void) { __atomic_fetch_add(count, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) { return add(), __libc_malloc(size); }
void *calloc(size_t items, size_t size) { return add(), __libc_calloc(items, size); }
void *realloc(void *old, size_t size) { return add(), __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { return add(), __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return add(), __libc_memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  add();
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
