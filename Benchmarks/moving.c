/* moving MIB FILE: a program to be moved. Each of its pages has its number and how often it was written, and bytes that
   do not repeat. FILE holds `struct state`, shared with whoever measures. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct state {
  volatile uint64_t turns;     /* looks at the clock and at a page */
  volatile uint64_t gap;       /* microseconds; the longest between two, reset from outside */
  volatile uint64_t wanted;    /* 0 nothing, 1 to 100 write so many percent of the pages, 200 verify all; 0 when done */
  volatile uint64_t wrong;     /* pages that had other contents */
};

static uint64_t *memory, pages, generation, *written;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static void put(uint64_t page) {
  uint64_t *words = memory + page * 512;
  words[0] = page;
  words[1] = written[page] = generation;
  for (int i = 2; i < 512; i++) words[i] = (page * 512 + i) * 0x9e3779b97f4a7c15ull;
}

static int wrong(uint64_t page) {
  uint64_t *words = memory + page * 512;
  return words[0] != page || words[1] != written[page] || words[511] != (page * 512 + 511) * 0x9e3779b97f4a7c15ull;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  pages = strtoul(argv[1], 0, 10) << 8;
  int file = open(argv[2], O_RDWR);
  struct state *state = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  memory = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  written = mmap(0, pages * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (file < 0 || state == MAP_FAILED || memory == MAP_FAILED || written == MAP_FAILED) return 1;
  for (uint64_t i = 0; i < pages; i++) put(i);
  uint64_t last = now(), random = 1;
  for (;;) {
    uint64_t wanted = state->wanted;
    if (wanted) {
      if (wanted > 100) {
        for (uint64_t i = 0; i < pages; i++) state->wrong += wrong(i);
      } else {
        /* In one piece, elsewhere each time. */
        generation++;
        for (uint64_t i = 0, count = pages * wanted / 100; i < count; i++) put((generation * count + i) % pages);
      }
      state->wanted = 0;
      last = now();
    }
    random = random * 6364136223846793005ull + 1442695040888963407ull;
    state->wrong += wrong((random >> 33) % pages);
    uint64_t time = now();
    if (time - last > state->gap) state->gap = time - last;
    last = time;
    state->turns++;
    usleep(500);
  }
}
