/* A program that knows how long it was frozen: it maps MIB MiB, writes to every page, then watches the clock and keeps
 * the longest gap between two looks. On SIGUSR1 it prints the gap in microseconds and begins anew. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static volatile sig_atomic_t asked;

static void ask(int signal) { asked = 1; }

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) << 20;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;
  for (size_t i = 0; i < bytes; i += 8)
    *(size_t *)(memory + i) = i * 0x9e3779b97f4a7c15;
  signal(SIGUSR1, ask);
  puts("ready");
  fflush(stdout);
  long long last = now(), longest = 0;
  for (;;) {
    long long t = now();
    if (t - last > longest)
      longest = t - last;
    last = t;
    if (asked) {
      asked = 0;
      printf("%lld\n", longest);
      fflush(stdout);
      last = now();
      longest = 0;
    }
  }
}
