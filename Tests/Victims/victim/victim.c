/*
 * A program that notices when a dump has disturbed it.
 *
 *     victim FILE PLAN
 *
 * PLAN has a letter a thread and a comma before each child process: "sn,s" is a task with two threads and a child with
 * one. FILE holds a record a thread, mapped shared, with a count of rounds, of what was found wrong, and of calls that
 * ended with EINTR: none may, but for those with a restart block (n, f, p) when a dumper was killed.
 *
 *     s  fills all registers and the red zone, counts, and looks whether they kept their values
 *     n  sleeps in one nanosleep(2) of an hour, which must not return
 *     f  sleeps 200 us at a time, and counts
 *     u  waits in sigsuspend(2), which must not return
 *     p  waits in poll(2) for ever, which must not return
 *     y  writes a byte to a pipe of its own and reads it, and counts
 *     g  counts the signals SIGRTMIN that it gets
 *     r  counts in restartable sequences (rseq(2)), in its record and in the counter of the processor that it runs on
 *     c  sleeps 200 us at a time, and counts; any other system call kills it (seccomp(2))
 *     m  has a page of shared anonymous memory, sleeps 200 us at a time, and counts
 *     a  as n, beside ten mappings of its own
 *     d  as n, beside ten open files of its own
 *     v  waits in vfork(2) for a child of an hour, where it cannot be stopped
 *
 *     k  goes into an endless loop of 32-bit code
 *
 * Built as 32-bit code by the tests too; then without r and k, and with
 *
 *     w  as f, without a vdso in its process, which must have no other thread
 */
#include <errno.h>
#include <stddef.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct record {
  uint64_t pid, tid, kind, rounds, errors, last_errno, interruptions, padding;
};

enum { RECORD_COUNT = 1024, FIRST_PROCESSOR_RECORD = 900 };

long check_registers(uint64_t *counter, long rounds);
long check_wide_registers(uint64_t *counter, long rounds);
long count_restartably(void *area, uint64_t *counters);

static struct record *all_records;

struct thread_plan {
  char kind;
  struct record *record;
};

static uint64_t read_mask(void) {
  uint64_t mask = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
  return mask;
}

/* A call that may be restarted has failed: with EINTR, or with what it never should. */
static void returned(struct record *record) {
  if (errno == EINTR) {
    record->interruptions++;
    return;
  }
  record->last_errno = (uint64_t)errno;
  record->errors++;
}

static void wrong(struct record *record) {
  record->last_errno = (uint64_t)errno;
  record->errors++;
}

static void filter_calls(void) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0 /* nr */),
#ifdef SYS_clock_nanosleep_time64
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep_time64, 7, 0),
#endif
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_nanosleep, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static struct record *signalled;

static void count_signal(int number) {
  (void)number;
  __atomic_add_fetch(&signalled->rounds, 1, __ATOMIC_SEQ_CST);
}

static void wait_in_vfork(void) {
  if (vfork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct timespec pause = {3600, 0};
    nanosleep(&pause, NULL);
    _exit(0);
  }
}

#ifdef __i386__
static long call_by_interrupt(long number, const void *first, long second) {
  __asm__ volatile("int $0x80" : "+a"(number) : "b"(first), "c"(second), "d"(0) : "memory");
  return number;
}

/* The C library's own calls go through the vdso. */
static void count_without_vdso(struct record *record) {
  struct {
    int32_t seconds, nanoseconds;
  } pause = {0, 200000};
  call_by_interrupt(SYS_munmap, (void *)getauxval(AT_SYSINFO_EHDR), 8192);
  while (1) {
    call_by_interrupt(SYS_nanosleep, &pause, 0);
    record->rounds++;
  }
}
#endif

#ifdef __x86_64__
static void loop_in_32bit_code(void) {
  unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  code[0] = 0xeb; /* jmp to itself */
  code[1] = 0xfe;
  __asm__ volatile("push %0\n\t"
                   "push %1\n\t"
                   "lretq"
                   :
                   : "r"(0x23UL), "r"(code)
                   : "memory");
}
#endif

static void round_of(char kind, struct record *record, int ends[2]) {
  if (kind == 's') {
    long errors = check_registers(&record->rounds, 20000);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
      errors += check_wide_registers(&record->rounds, 20000);
#endif
    if (errors)
      wrong(record);
#ifdef __x86_64__
  } else if (kind == 'r') {
    void *area = (char *)__builtin_thread_pointer() + __rseq_offset;
    if (count_restartably(area, &all_records[FIRST_PROCESSOR_RECORD].rounds) == 0)
      record->rounds++;
  } else if (kind == 'k') {
    loop_in_32bit_code();
#endif
  } else if (kind == 'f' || kind == 'c' || kind == 'm') {
    struct timespec pause = {0, 200000};
    if (nanosleep(&pause, NULL) != 0)
      returned(record);
    record->rounds++;
  } else if (kind == 'n' || kind == 'a' || kind == 'd') {
    struct timespec pause = {3600, 0};
    nanosleep(&pause, NULL);
    returned(record);
  } else if (kind == 'u') {
    sigset_t all;
    sigfillset(&all);
    sigsuspend(&all);
    wrong(record);
  } else if (kind == 'p') {
    poll(NULL, 0, -1);
    returned(record);
  } else if (kind == 'y') {
    char byte = 1;
    if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
      wrong(record);
    record->rounds++;
  } else if (kind == 'g') {
    struct timespec pause = {0, 200000};
    nanosleep(&pause, NULL); /* its own signals interrupt it */
#ifdef __i386__
  } else if (kind == 'w') {
    count_without_vdso(record);
#endif
  } else if (kind == 'v') {
    wait_in_vfork();
  }
}

static void *run(void *argument) {
  struct thread_plan *plan = argument;
  struct record *record = plan->record;
  int ends[2] = {-1, -1};
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  pthread_kill(pthread_self(), SIGUSR2); /* stays pending for good */
  if (plan->kind == 'g') {
    signalled = record;
    signal(SIGRTMIN, count_signal);
  } else {
    sigaddset(&blocked, SIGRTMIN); /* the signal's thread takes them all */
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  }
  if (plan->kind == 'y' && pipe(ends) != 0)
    wrong(record);
  for (int i = 0; i < 10 && plan->kind == 'd'; i++)
    if (open("/dev/null", O_RDONLY) < 0)
      wrong(record);
  for (int i = 0; i < 10 && plan->kind == 'a'; i++)
    if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      wrong(record);
  if (plan->kind == 'm') {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
      wrong(record);
    else
      *page = 1;
  }
  uint64_t mask = read_mask();
  record->pid = (uint64_t)getpid();
  record->kind = (uint64_t)plan->kind;
  __atomic_store_n(&record->tid, (uint64_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
  if (plan->kind == 'c')
    filter_calls();
  while (1) {
    round_of(plan->kind, record, ends);
    if (read_mask() != mask)
      wrong(record);
  }
}

int main(int count, char **arguments) {
  if (count != 3)
    return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int file = open(arguments[1], O_RDWR);
  struct record *records =
      mmap(NULL, sizeof(struct record) * RECORD_COUNT, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (records == MAP_FAILED)
    return 3;
  close(file);
  all_records = records;
  struct thread_plan *plans = calloc(RECORD_COUNT, sizeof *plans);
  int number = 0;
  const char *step = arguments[2];
  struct thread_plan *own = NULL;
  for (; *step; step++) {
    if (*step == ',') {
      pid_t child = fork();
      if (child < 0)
        return 4;
      if (child > 0)
        break; /* the child takes the rest of the plan */
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      own = NULL;
      continue;
    }
    struct thread_plan *plan = &plans[number];
    plan->kind = *step;
    plan->record = &records[number];
    number++;
    if (!own) {
      own = plan;
      continue;
    }
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    if (pthread_create(&thread, &attributes, run, plan) != 0)
      return 5;
  }
  if (!own)
    return 7; /* a process without a thread of the plan: a zombie */
  run(own);
  return 0;
}
