/*
 * A program that tells how long it was stopped, as it sees it itself.
 *
 *     pause MIB PROCESSES THREADS MAPPINGS DESCRIPTORS [MIXED [HUGE_MIB]]
 *
 * It touches MIB of memory, has so many processes (itself among them), threads (in the first), mappings of a page, and
 * open files: DESCRIPTORS, half of them one regular file and half eventfds, and MIXED, a quarter each of regular files,
 * ends of pipes, sockets (of Unix pairs, UDP and listening TCP), and epoll sets that watch a pipe; HUGE_MIB are memory
 * with MADV_HUGEPAGE. The first process looks at the clock all the time, the last one each millisecond; the others
 * sleep. Each SIGUSR1 prints the longest gap in microseconds that either saw since the last one, and begins anew.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t asked;
/* Of the first process and the last one. */
static volatile long long *longest;

static void ask(int number) {
  (void)number;
  asked = 1;
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

int main(int count, char **arguments) {
  if (count < 6)
    return 2;
  size_t bytes = (size_t)atol(arguments[1]) << 20;
  int processes = atoi(arguments[2]), threads = atoi(arguments[3]), mappings = atoi(arguments[4]);
  int descriptors = atoi(arguments[5]), mixed = count > 6 ? atoi(arguments[6]) : 0;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  longest = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  char *memory = mmap(NULL, bytes ? bytes : 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < bytes; i += 8)
    *(size_t *)(memory + i) = i * 0x9e3779b97f4a7c15;
  size_t huge_bytes = count > 7 ? (size_t)atol(arguments[7]) << 20 : 0;
  if (huge_bytes > 0) {
    memory = mmap(NULL, huge_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(memory, huge_bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i < huge_bytes; i += 8)
      *(size_t *)(memory + i) = i * 0x9e3779b97f4a7c15;
  }
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
  puts("ready");
  fflush(stdout);
  long long last = now();
  for (;;) {
    long long t = now();
    if (t - last > longest[0])
      longest[0] = t - last;
    last = t;
    if (asked) {
      asked = 0;
      printf("%lld\n", longest[0] > longest[1] ? longest[0] : longest[1]);
      fflush(stdout);
      last = now();
      longest[0] = longest[1] = 0;
    }
  }
}
