/* Ways of pages into a file: through the page cache, past it (O_DIRECT), or over a page cache that was prepared; written
   from memory or lent to a pipe and spliced from there, as a dump does. They take turns over fresh files;
   usage: page_cache FILE [MIB] [ROUNDS]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* As a dump splices. */
enum { PIECE = 256 << 10 };

static void must(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double processor(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void write_all(int file, char *memory, size_t count) {
  for (size_t done = 0; done < count; done += PIECE) must(write(file, memory + done, PIECE) == PIECE, "write");
}

static void splice_all(int file, char *memory, size_t count) {
  int ends[2];
  must(pipe(ends) == 0, "pipe");
  fcntl(ends[1], F_SETPIPE_SZ, PIECE);
  for (size_t done = 0; done < count;) {
    struct iovec piece = {memory + done, PIECE};
    ssize_t lent = vmsplice(ends[1], &piece, 1, 0);
    must(lent > 0, "vmsplice");
    for (ssize_t moved, left = lent; left > 0; left -= moved)
      must((moved = splice(ends[0], 0, file, 0, left, SPLICE_F_MOVE)) > 0, "splice");
    done += lent;
  }
  close(ends[0]);
  close(ends[1]);
}

static void prepare(int file, size_t count) {
  static char zeros[PIECE];
  for (size_t done = 0; done < count; done += PIECE) must(pwrite(file, zeros, PIECE, done) == PIECE, "pwrite");
}

int main(int argc, char **argv) {
  must(argc > 1, "usage: page_cache FILE [MIB] [ROUNDS]");
  size_t count = (argc > 2 ? strtoul(argv[2], 0, 10) : 1024) << 20;
  int rounds = argc > 3 ? atoi(argv[3]) : 3;
  char *memory = mmap(0, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(memory != MAP_FAILED, "mmap");
  for (size_t i = 0; i < count; i += 8) *(size_t *)(memory + i) = i * 0x9e3779b97f4a7c15;
  for (int round = 0; round < rounds; round++)
    for (int way = 0; way < 6; way++) {
      static const char *const names[] = {"page cache", "direct", "prepared"};
      int is_direct = way % 3 == 1, is_prepared = way % 3 == 2, is_spliced = way >= 3;
      unlink(argv[1]);
      int file = open(argv[1], O_CREAT | O_WRONLY | (is_direct ? O_DIRECT : 0), 0600);
      must(file >= 0, argv[1]);
      if (is_prepared) prepare(file, count);
      double began = now(), used = processor();
      (is_spliced ? splice_all : write_all)(file, memory, count);
      printf("%-8s %-11s %6.2f s, %5.2f s of the processor", is_spliced ? "spliced" : "written",
             names[way % 3], now() - began, processor() - used);
      must(fsync(file) == 0, "fsync");
      printf(", %6.2f s until it is on the disk\n", now() - began);
      close(file);
    }
  unlink(argv[1]);
}
