/*
 * A program that tells how long it was stopped, as it sees it itself.
 *
 *     pause [mib=N] [huge=N] [rewrites=1] [shrinks=1] [ghost=N] [processes=N] [threads=N] [mappings=N]
 *           [descriptors=N] [mixed=N] [idle=1]
 *
 * It touches MiB of memory, in pages of 4 KiB (mib) and in huge ones where the kernel has them (huge); half of it
 * shrinks when it is compressed, or none. It has a removed file of MiB (ghost), so many processes (itself among them),
 * threads (in the first), mappings of a page, and open files: descriptors, half of them one regular file and half
 * eventfds, and mixed ones, a quarter each of regular files, ends of pipes, sockets (of Unix pairs, UDP and listening
 * TCP), and epoll sets that watch a pipe. The first process looks at the clock all the time, the last one each
 * millisecond; the others sleep. One that rewrites touches a page of its memory between two looks; an idle one takes
 * no look.
 *
 * SIGUSR1 prints the longest gap in microseconds that either saw since the last one, and begins anew. SIGUSR2 prints
 * how many microseconds it takes to write(2) the memory into a file beside the program: the floor of a dump.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t asked, asked_for_floor;
/* Of the first process and the last one. */
static volatile long long *longest;

static void ask(int number) {
  if (number == SIGUSR1)
    asked = 1;
  else
    asked_for_floor = 1;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *sleep_on(void *argument) {
  while (1)
    sleep(3600);
  return argument;
}

static void tick(void) {
  long long last = now();
  while (1) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
    long long t = now();
    if (t - last - 1000 > longest[1])
      longest[1] = t - last - 1000;
    last = t;
  }
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

/* A regular file of its own, NAME.NUMBER. */
static int open_file(const char *name, int number) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%d", name, number);
  return open(path, O_RDWR | O_CREAT, 0600);
}

/* Eight descriptors, two of each kind; the sockets are a Unix pair and two of the internet by turns. */
static int open_mixed(const char *name, int number) {
  int pipes[2], sockets[2];
  struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (open_file(name, number) < 0 || open_file(name, number + 1) < 0 || pipe(pipes) < 0)
    return -1;
  for (int i = 0; i < 2; i++) {
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = epoll};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event) < 0)
      return -1;
  }
  if (number % 16 == 0)
    return socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
  sockets[0] = socket(AF_INET, SOCK_DGRAM, 0);
  sockets[1] = socket(AF_INET, SOCK_STREAM, 0);
  for (int i = 0; i < 2; i++)
    if (bind(sockets[i], (struct sockaddr *)&loopback, sizeof loopback) < 0)
      return -1;
  return listen(sockets[1], 5);
}

/* The value of NAME=VALUE among the arguments, or else the other. */
static long number_of(char **arguments, const char *name, long otherwise) {
  size_t length = strlen(name);
  for (int i = 1; arguments[i]; i++)
    if (strncmp(arguments[i], name, length) == 0 && arguments[i][length] == '=')
      return atol(arguments[i] + length + 1);
  return otherwise;
}

/* Words that differ, but in every other page of memory that is to shrink. */
static char *touch(size_t bytes, int advice, int shrinks) {
  if (bytes == 0)
    return NULL;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return memory;
  madvise(memory, bytes, advice);
  for (size_t i = 0; i < bytes; i += 8)
    *(size_t *)(memory + i) = shrinks && i & 4096 ? i >> 13 : i * 0x9e3779b97f4a7c15;
  return memory;
}

/* A file beside the program that has no name any more. */
static int open_removed(const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%d", name, getpid());
  int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  unlink(path);
  return file;
}

/* Whether all could be written. */
static int write_all(int file, const char *memory, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    ssize_t written = write(file, memory + done, bytes - done < 1 << 20 ? bytes - done : 1 << 20);
    if (written <= 0)
      return 0;
    done += written;
  }
  return 1;
}

/* Microseconds; -1 where not all could be written. */
static long long floor_of(const char *name, const char *memory, size_t bytes) {
  int file = open_removed(name);
  long long begin = now();
  int is_written = write_all(file, memory, bytes);
  long long took = now() - begin;
  close(file);
  return is_written ? took : -1;
}

int main(int count, char **arguments) {
  (void)count;
  int processes = number_of(arguments, "processes", 1), threads = number_of(arguments, "threads", 1);
  int mappings = number_of(arguments, "mappings", 0), descriptors = number_of(arguments, "descriptors", 0);
  int mixed = number_of(arguments, "mixed", 0), rewrites = number_of(arguments, "rewrites", 0);
  size_t bytes = (size_t)number_of(arguments, "mib", 1) << 20;
  size_t huge_bytes = (size_t)number_of(arguments, "huge", 0) << 20;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  longest = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  int shrinks = number_of(arguments, "shrinks", 0);
  char *memory = touch(bytes, MADV_NOHUGEPAGE, shrinks), *huge = touch(huge_bytes, MADV_HUGEPAGE, shrinks);
  if (memory == MAP_FAILED || huge == MAP_FAILED)
    return fail("mmap");
  /* What is written anew, and is the measure of the floor. */
  char *main_memory = huge_bytes > 0 ? huge : memory;
  size_t main_bytes = huge_bytes > 0 ? huge_bytes : bytes;
  size_t ghost = number_of(arguments, "ghost", 0);
  int removed = ghost > 0 ? open_removed(arguments[0]) : -1;
  for (size_t i = 0; i < ghost; i++)
    if (!write_all(removed, main_memory + (i << 20) % main_bytes, 1 << 20))
      return fail("write");
  for (int i = 0; i < mappings; i++) {
    /* Neighbours differ, so that the kernel joins none. */
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | (i % 2 ? PROT_EXEC : 0), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
      return fail("mmap");
    *page = 1;
  }
  for (int i = 0; i < descriptors; i++)
    if ((i % 2 ? eventfd(i, 0) : open(arguments[0], O_RDONLY)) < 0)
      return fail("open");
  for (int i = 0; i < mixed; i += 8)
    if (open_mixed(arguments[0], i) < 0)
      return fail("open");
  for (int i = 1; i < processes; i++) {
    if (fork() > 0)
      continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (i == processes - 1)
      tick();
    sleep_on(NULL);
  }
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    if (pthread_create(&thread, &attributes, sleep_on, NULL) != 0)
      return fail("pthread_create");
  }

  signal(SIGUSR1, ask);
  signal(SIGUSR2, ask);
  puts("ready");
  fflush(stdout);
  if (number_of(arguments, "idle", 0))
    sleep_on(NULL);
  long long last = now();
  for (size_t turn = 0;; turn++) {
    if (rewrites)
      *(size_t *)(main_memory + turn * 4096 % main_bytes) = turn;
    long long t = now();
    if (t - last > longest[0])
      longest[0] = t - last;
    last = t;
    if (asked_for_floor) {
      asked_for_floor = 0;
      printf("%lld\n", floor_of(arguments[0], main_memory, main_bytes));
      fflush(stdout);
      last = now();
    }
    if (asked) {
      asked = 0;
      printf("%lld\n", longest[0] > longest[1] ? longest[0] : longest[1]);
      fflush(stdout);
      last = now();
      longest[0] = longest[1] = 0;
    }
  }
}
