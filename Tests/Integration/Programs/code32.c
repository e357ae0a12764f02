/*
 * A program of 32-bit code that notices when something of it is lost. It counts its rounds in FILE, and writes there what
 * it found wrong. SIGTERM ends it, after what can be seen only once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(void *) == 4, "built with -m32");

enum { OWN_VALUE = 0x12345678, QUEUED_VALUE = 77, THREADS = 3 };

static FILE *report;
static volatile int ending;
static volatile unsigned timer_ticks, alarms, interruptions;
static char alternate[64 * 1024];
static pthread_mutex_t held;
static __thread int own = 5;
static __thread char name[16];

static void wrong(const char *what) {
  fprintf(report, "WRONG %s (%s)\n", what, strerror(errno));
  fflush(report);
}

/* On the alternate stack, with what the timer was given; the floating-point registers are the handler's own. */
static void on_timer(int number, siginfo_t *information, void *context) {
  (void)context;
  char here;
  volatile double scratch = number;
  for (int i = 0; i < 10; i++)
    scratch *= 1.5;
  if (&here < alternate || &here >= alternate + sizeof alternate)
    wrong("alternate stack");
  if (information->si_code != SI_TIMER || information->si_value.sival_int != OWN_VALUE)
    wrong("value of the timer");
  timer_ticks++;
}

static void on_alarm(int number) { alarms += number == SIGALRM; }
static void on_end(int number) { ending = number == SIGTERM; }

/* Holds values in x87 and SSE registers over system calls and signals. */
static void *compute(void *argument) {
  unsigned *rounds = argument;
  own = 1000;
  strcpy(name, "compute");
  while (!ending) {
    long double sum = 0;
    double product = 1;
    for (int i = 1; i < 200000; i++) {
      sum += 1.0L / i;
      product *= 1 + 1e-9 * i;
    }
    static long double known_sum;
    static double known_product;
    if (*rounds == 0) {
      known_sum = sum;
      known_product = product;
    }
    if (sum != known_sum || product != known_product)
      wrong("floating point");
    if (own != 1000 || strcmp(name, "compute"))
      wrong("thread-local storage");
    __atomic_add_fetch(rounds, 1, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

/* Dies with the mutex in its hands, for which the kernel must know its list. */
static void *hold(void *argument) {
  if (pthread_mutex_lock(&held) != 0)
    wrong("lock");
  unsigned *rounds = argument;
  while (!ending) {
    poll(NULL, 0, 20);
    __atomic_add_fetch(rounds, 1, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

/* Sleeps for long, most of the time: a dump finds it in a call that only the kernel can restart. */
static void *sleep_long(void *argument) {
  (void)argument;
  while (!ending) {
    struct timespec pause = {100, 0};
    if (nanosleep(&pause, NULL) == 0)
      wrong("an early end of the sleep");
    else if (errno != EINTR)
      wrong("sleep");
    interruptions++;
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 2 || !(report = fopen(arguments[1], "w")))
    return 2;
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
  sigaction(SIGRTMIN, &action, NULL);
  struct sigaction plain = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &plain, NULL);
  plain.sa_handler = on_end;
  sigaction(SIGTERM, &plain, NULL);

  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGRTMIN + 1);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  if (sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = QUEUED_VALUE}) != 0)
    wrong("queue");

  pthread_mutexattr_t robust;
  pthread_mutexattr_init(&robust);
  pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&held, &robust);

  /* The leader alone takes signals: it has the alternate stack. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  static unsigned rounds[THREADS];
  pthread_t threads[THREADS];
  void *(*bodies[THREADS])(void *) = {compute, hold, sleep_long};
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, bodies[i], &rounds[i]) != 0)
      wrong("thread");
  pthread_sigmask(SIG_SETMASK, &before, NULL);

  struct sigevent event = {
      .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = OWN_VALUE};
  timer_t timer;
  struct itimerspec often = {{0, 20000000}, {0, 20000000}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &often, NULL) != 0)
    wrong("timer");
  struct itimerval sometimes = {{0, 30000}, {0, 30000}};
  setitimer(ITIMER_REAL, &sometimes, NULL);
  char *heap = malloc(1 << 20);
  memset(heap, 'h', 1 << 20);
  unsigned last_ticks = 0, last_alarms = 0;
  for (unsigned round = 0; !ending; round++) {
    struct timespec pause = {0, 50000000};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR && !ending)
      ;
    if (own != 5)
      wrong("thread-local storage of the leader");
    if (heap[round % (1 << 20)] != 'h')
      wrong("heap");
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
      wrong("mmap");
    else
      munmap(page, 4096);
    /* A round counts once all of the others went on too. */
    if (timer_ticks == last_ticks || alarms == last_alarms)
      continue;
    last_ticks = timer_ticks;
    last_alarms = alarms;
    fprintf(report, "%u %u %u\n", round, rounds[0], rounds[1]);
    fflush(report);
  }

  if (pthread_join(threads[1], NULL) != 0 || pthread_mutex_lock(&held) != EOWNERDEAD)
    wrong("robust mutex");
  struct timespec now = {0, 0};
  siginfo_t information;
  if (sigtimedwait(&blocked, &information, &now) != SIGRTMIN + 1 || information.si_value.sival_int != QUEUED_VALUE)
    wrong("queued signal");
  fprintf(report, "DONE, sleeps interrupted: %u\n", interruptions);
  fclose(report);
  return 0;
}
