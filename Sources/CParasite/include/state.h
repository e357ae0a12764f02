/*
 * State of a task and of a thread that only the thread itself can read or set, in both directions: the parasite fills
 * `parasite_*` at a dump, the last steps of a restore put `restore_*` back. Plain data; Swift makes values of it.
 */
#pragma once
#include <stdint.h>

/* What rt_sigaction(2) takes on x86_64. */
struct state_sigaction {
  uint64_t handler, flags, restorer, mask;
};

/* Signals 1 to 64 without SIGKILL and SIGSTOP, in order. */
enum : uint32_t { STATE_SIGACTION_COUNT = 62 };

/* struct itimerval and struct itimerspec: `unit` is micro- or nanoseconds. */
struct state_interval {
  int64_t interval_seconds, interval_units, value_seconds, value_units;
};

/* Words 0 to 31 are the low half (capabilities(7)). */
struct state_credentials {
  uint32_t uid, euid, suid, fsuid;
  uint32_t gid, egid, sgid, fsgid;
  uint32_t securebits;
  uint32_t no_new_privileges; /* 0 or 1 */
  uint64_t inheritable, permitted, effective, bounding, ambient;
};

/* ---- dump ---- */

enum : uint32_t { PARASITE_GROUP_CAPACITY = 256, PARASITE_TIMER_CAPACITY = 128 };

/* What could not be read; the engine has the words. */
enum parasite_state_item : uint32_t {
  PARASITE_ITEM_NONE = 0,
  PARASITE_ITEM_TID_ADDRESS = 1,
  PARASITE_ITEM_ROBUST_LIST = 2,
  PARASITE_ITEM_ALTERNATE_STACK = 3,
  PARASITE_ITEM_PARENT_DEATH_SIGNAL = 4,
  PARASITE_ITEM_NAME = 5,
  PARASITE_ITEM_SECUREBITS = 6,
  PARASITE_ITEM_NO_NEW_PRIVILEGES = 7,
  PARASITE_ITEM_CAPABILITIES = 8,
  PARASITE_ITEM_IDS = 9,
  PARASITE_ITEM_GROUPS = 10,
  PARASITE_ITEM_SCHEDULER = 11,
  PARASITE_ITEM_SIGACTION = 12, /* detail: signal */
  PARASITE_ITEM_ITIMER = 13,    /* detail: ITIMER_ number */
  PARASITE_ITEM_TIMER = 14,     /* detail: timer id */
  PARASITE_ITEM_DUMPABLE = 15,
  PARASITE_ITEM_HUGE_PAGES = 16,
  PARASITE_ITEM_SUBREAPER = 17,
};

/* Output, but for `is_32bit`. */
struct parasite_thread_state {
  int32_t error;      /* 0, or errno of the first item that could not be read */
  uint32_t item;      /* enum parasite_state_item of that one */
  uint64_t tid_address;
  uint64_t robust_list, robust_list_byte_count;
  uint64_t altstack_address, altstack_byte_count;
  uint32_t altstack_flags;
  uint32_t is_32bit; /* the program is 32-bit code (compat.h) */
  uint32_t parent_death_signal;
  uint32_t scheduler_policy;   /* may contain SCHED_RESET_ON_FORK */
  uint32_t scheduler_priority; /* of the real-time policies */
  int32_t nice;                /* -20 to 19 */
  uint32_t group_count;        /* above PARASITE_GROUP_CAPACITY: `groups` is not filled, read /proc/TID/status */
  struct state_credentials credentials;
  char name[16];               /* NUL-terminated */
  uint32_t groups[PARASITE_GROUP_CAPACITY];
};

struct parasite_timer {
  int32_t id;      /* input: of /proc/PID/timers */
  int32_t overrun; /* timer_getoverrun(2) */
  struct state_interval time;
};

/* Output, but for `timer_count` and the ids of the timers. */
struct parasite_task_state {
  int32_t error;
  uint32_t item;
  uint32_t detail;
  uint32_t timer_count; /* at most PARASITE_TIMER_CAPACITY; ask again for more */
  uint64_t program_break;
  uint32_t umask;
  uint32_t dumpable;               /* 0, 1 or 2 (prctl(2)) */
  uint32_t huge_pages_disabled;
  uint32_t child_subreaper;
  uint32_t membarrier_registrations; /* MEMBARRIER_CMD_REGISTER_ bits; 0 where the kernel cannot tell */
  uint32_t personality;              /* personality(2) */
  struct state_sigaction sigactions[STATE_SIGACTION_COUNT];
  struct state_interval itimers[3]; /* ITIMER_REAL, VIRTUAL, PROF */
  struct parasite_timer timers[PARASITE_TIMER_CAPACITY];
};

/* Run in the frozen thread; `parasite_read_task_state` in the leader only. They send no signal and change nothing. */
void parasite_read_thread_state(struct parasite_thread_state *state);
void parasite_read_task_state(struct parasite_task_state *state);

/* ---- restore ---- */

/* Which state could not be put back: low word of the item of RESTORE_RESOURCE_STATE, the detail is the high word. */
enum restore_state : uint32_t {
  RESTORE_STATE_NONE = 0,
  RESTORE_STATE_TID_ADDRESS = 1,
  RESTORE_STATE_ROBUST_LIST = 2,
  RESTORE_STATE_SCHEDULER = 3, /* detail: policy */
  RESTORE_STATE_NICE = 4,      /* detail: nice value, as uint32_t */
  RESTORE_STATE_ALTERNATE_STACK = 5,
  RESTORE_STATE_NAME = 6,
  RESTORE_STATE_RSEQ = 7,
  RESTORE_STATE_LIMIT = 8,      /* detail: RLIMIT_ number */
  RESTORE_STATE_TIMER = 9,      /* creation; detail: timer id */
  RESTORE_STATE_MEMBARRIER = 10, /* detail: command */
  RESTORE_STATE_SIGACTION = 11,  /* detail: signal */
  RESTORE_STATE_SHARED_SIGNAL = 12,  /* detail: signal */
  RESTORE_STATE_PRIVATE_SIGNAL = 13, /* detail: signal */
  RESTORE_STATE_GROUPS = 14,
  RESTORE_STATE_SECUREBITS = 15,
  RESTORE_STATE_GROUP_IDS = 16,
  RESTORE_STATE_USER_IDS = 17,
  RESTORE_STATE_INHERITABLE = 18,
  RESTORE_STATE_AMBIENT = 19,  /* detail: capability */
  RESTORE_STATE_BOUNDING = 20, /* detail: capability */
  RESTORE_STATE_CAPABILITIES = 21,
  RESTORE_STATE_NO_NEW_PRIVILEGES = 22,
  RESTORE_STATE_PARENT_DEATH_SIGNAL = 23,
  RESTORE_STATE_DUMPABLE = 24,
  RESTORE_STATE_SUBREAPER = 25,
  RESTORE_STATE_HUGE_PAGES = 26,
  RESTORE_STATE_ITIMER = 27,    /* detail: ITIMER_ number */
  RESTORE_STATE_TIMER_TIME = 28, /* detail: timer id */
  RESTORE_STATE_SECCOMP = 29,    /* detail: index of the filter, oldest first */
};

/* siginfo_t as PTRACE_PEEKSIGINFO gave it. */
struct restore_signal {
  uint8_t siginfo[128];
};

/* A seccomp filter, and sock_fprog as the kernel takes it. */
struct restore_filter {
  uint32_t flags, padding;
  uint64_t instruction_count;
  uint8_t *instructions; /* in the bootstrap area */
};

struct restore_task_state;

struct restore_thread_state {
  int32_t tid; /* as the task sees it */
  int32_t pid; /* of its task */
  uint64_t tid_address;
  uint64_t robust_list, robust_list_byte_count;
  uint64_t rseq_address; /* 0: none registered */
  uint32_t rseq_byte_count, rseq_signature;
  uint64_t altstack_address, altstack_byte_count;
  uint32_t altstack_flags;
  uint32_t is_32bit; /* the program is 32-bit code (compat.h) */
  uint32_t has_personality, personality; /* personality(2) */
  uint32_t has_scheduler, scheduler_policy, scheduler_priority;
  uint32_t has_nice;
  int32_t nice;
  uint32_t parent_death_signal;
  uint32_t has_credentials;
  uint32_t group_count, signal_count;
  uint32_t seccomp_mode, filter_count; /* mode: 0, 1 strict, 2 filter */
  struct restore_filter *filters;      /* oldest first */
  uint32_t *groups;               /* in the bootstrap area */
  struct restore_signal *signals; /* private queue, oldest first */
  struct restore_task_state *task;
  struct state_credentials credentials;
  char name[16];
};

struct restore_limit {
  uint64_t current, maximum;
};

struct restore_timer {
  int32_t id;
  int32_t clock;
  int32_t signal, notify;
  uint64_t value;       /* sigev_value */
  int32_t notify_tid;   /* of SIGEV_THREAD_ID, as the task sees it */
  uint32_t padding;
  struct state_interval time;
};

struct restore_task_state {
  int32_t pid;
  uint32_t thread_count;
  uint32_t credentials_left; /* futex: threads that have not changed their credentials yet; begins as their number */
  uint32_t filters_stand;    /* futex: 1 once the leader's filters are installed, with those that all threads share */
  uint32_t limit_count, signal_count, timer_count, sigaction_count;
  uint32_t timers_by_loop;   /* 1: do without PR_TIMER_CREATE_RESTORE_IDS, for tests */
  uint32_t membarrier_registrations;
  uint32_t has_dumpable, dumpable;
  uint32_t huge_pages_disabled;
  uint32_t child_subreaper;
  struct restore_limit limits[16];
  struct state_sigaction sigactions[STATE_SIGACTION_COUNT];
  uint64_t compat_sigactions; /* bit n - 1: signal n was set by 32-bit code (compat.h) */
  uint64_t compat_scratch;    /* a page below 4 GiB where nothing is mapped */
  struct state_interval itimers[3];
  struct restore_signal *signals; /* shared queue, oldest first */
  struct restore_timer *timers;   /* by ascending id */
};

/*
 * Each returns 0, or -errno and tells in `*item` what failed: enum restore_state, the detail in the high word. All
 * signals are blocked meanwhile. The library's own rseq area must be given up (Swift's `dropOwnRseq`) before memory goes.
 */

/* Per thread, once the memory stands. */
long restore_thread_begin(struct restore_thread_state *state, uint64_t *item);
/* The leader, once its threads exist: limits, timers (not armed), all signal actions but SIGCHLD's, which stays default. */
long restore_task_begin(struct restore_task_state *state, uint64_t *item);
/* The leader, once zombies and helpers have ended: the action of SIGCHLD, then the shared queue. */
long restore_task_signals(struct restore_task_state *state, uint64_t *item);
/* Per thread, after the leader's restore_task_signals, which may flush a queue: the private queue. */
long restore_thread_signals(struct restore_thread_state *state, uint64_t *item);
/* Per thread: what can no longer be done afterwards must be done. Filters begin here: the thread must be traced with
 * PTRACE_O_SUSPEND_SECCOMP by now. Counts `credentials_left` down. */
long restore_credentials(struct restore_thread_state *state, uint64_t *item);
/* The leader, after its own restore_credentials: waits for those of its threads, since each change of ids resets the
 * dumpable flag of the shared memory; then arms the timers. */
long restore_task_end(struct restore_task_state *state, uint64_t *item);
