/*
 * The program of snapshot.sh: threads that write pairs of equal numbers all over memory, the halves of a pair far apart.
 * Each pair is one thread's, which looks at it before it writes it anew: in memory of one instant both halves are equal
 * by then; in memory that was copied piece by piece, few are.
 *
 *     snapshot DIRECTORY MIB THREADS [filtered]
 *
 * Filtered, it may make none of the calls by which its clone lets go of it.
 *
 * SIGUSR1: once each thread has gone through its pairs twice, DIRECTORY/checked tells what was found. SIGUSR2: what is in
 * DIRECTORY/order is done: "close" closes descriptor 9, "exec COMMAND" runs a command in this process, "write MIB" writes
 * the first pages, where there are no threads, and DIRECTORY/done tells how many of them were written before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct page {
  volatile unsigned long half, number;
  char rest[4096 - 16];
};

static struct page *pages, *apart;
static long page_count, thread_count;
static volatile unsigned long rounds[64], unequal[64];
static volatile sig_atomic_t check, order, child_signals;
static const char *directory;

static void on_signal(int number) {
  if (number == SIGUSR1)
    check = 1;
  if (number == SIGUSR2)
    order = 1;
  if (number == SIGCHLD)
    child_signals++;
}

static void *write_pairs(void *argument) {
  long thread = (long)argument, half = page_count / 2;
  while (1) {
    unsigned long round = rounds[thread] + 1;
    for (long i = thread; i < half; i += thread_count) {
      if (pages[i].half != pages[i + half].half)
        unequal[thread]++;
      pages[i].half = round;
      pages[i + half].half = round;
    }
    rounds[thread] = round;
  }
  return argument;
}

static void tell(const char *name, const char *text, long a, long b) {
  char path[4096], new[4200];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  snprintf(new, sizeof new, "%s.new", path);
  FILE *file = fopen(new, "w");
  fprintf(file, "%s %ld %ld\n", text, a, b);
  fclose(file);
  rename(new, path);
}

static void look(void) {
  unsigned long before[64], found = 0;
  for (long i = 0; i < thread_count; i++)
    before[i] = rounds[i];
  for (long i = 0; i < thread_count; i++)
    while (rounds[i] < before[i] + 2)
      usleep(1000);
  for (long i = 0; i < thread_count; i++)
    found += unequal[i];
  for (long i = 0; i < page_count; i++)
    if (pages[i].number != (unsigned long)i)
      tell("lost", "page", i, 0);
  for (long i = 0; i < 4; i++)
    if (apart[i].number != (unsigned long)(4711 + i))
      tell("lost", "page apart", i, 0);
  tell("checked", "unequal, SIGCHLD:", found, child_signals);
}

static long write_pages(long mib) {
  long before = 0;
  for (long i = 0; i < mib * 256; i++)
    before += pages[i].half++ != 0;
  return before;
}

static void obey(void) {
  char path[4096], text[4096] = "";
  long mib = 0, before = 0;
  snprintf(path, sizeof path, "%s/order", directory);
  FILE *file = fopen(path, "r");
  if (!file || !fgets(text, sizeof text, file))
    exit(3);
  fclose(file);
  if (strcmp(text, "close\n") == 0)
    close(9);
  if (strncmp(text, "exec ", 5) == 0)
    execl("/bin/sh", "sh", "-c", text + 5, NULL);
  if (sscanf(text, "write %ld", &mib) == 1)
    before = write_pages(mib);
  tell("done", text, mib, before);
}

static int filter_calls(void) {
  struct sock_filter lines[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_setsid, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_close_range, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ, SYS_chdir, 1, 0),
      BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int count, char **arguments) {
  if (count < 4 || (count == 5 && filter_calls() != 0))
    return 2;
  directory = arguments[1];
  page_count = atol(arguments[2]) * 256;
  thread_count = atol(arguments[3]);
  pages = mmap(0, page_count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(pages, page_count * 4096, MADV_NOHUGEPAGE);
  for (long i = 0; i < page_count; i++)
    pages[i].number = i;
  /* What a clone does not have: it must be in the images all the same. */
  apart = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(apart, 4096, MADV_DONTFORK);
  madvise(apart + 2, 4096, MADV_WIPEONFORK);
  for (long i = 0; i < 4; i++)
    apart[i].number = 4711 + i;
  signal(SIGUSR1, on_signal);
  signal(SIGUSR2, on_signal);
  signal(SIGCHLD, on_signal);
  for (long i = 0; i < thread_count; i++) {
    pthread_t thread;
    pthread_create(&thread, 0, write_pairs, (void *)i);
  }
  tell("ready", "ready", getpid(), 0);
  while (1) {
    usleep(2000);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
      tell("child", "a child was seen", 0, 0);
    if (check) {
      check = 0;
      look();
    }
    if (order) {
      order = 0;
      obey();
    }
  }
}
