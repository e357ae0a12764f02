#include "state.h"
#include "blob.h"
#include "compat.h"
#include <errno.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* Since 6.15: timer_create(2) takes the id from where it would write it. */
#define STATE_PR_TIMER_CREATE_RESTORE_IDS 77

BLOB_BEGIN_RESTORE

static long fail(uint64_t *item, uint32_t state, uint32_t detail, long result) {
  *item = state | (uint64_t)detail << 32;
  return result;
}

/* ---- thread, begin ---- */

static long restore_scheduler(struct restore_thread_state *state, uint64_t *item) {
  long result;
  if (state->has_scheduler) {
    int32_t priority = (int32_t)state->scheduler_priority;
    result = blob_syscall3(SYS_sched_setscheduler, 0, state->scheduler_policy, &priority);
    /* A change needs rights; that nothing changes is as good. */
    if (result < 0 && blob_syscall1(SYS_sched_getscheduler, 0) != (long)state->scheduler_policy)
      return fail(item, RESTORE_STATE_SCHEDULER, state->scheduler_policy, result);
  }
  if (state->has_nice && blob_syscall2(SYS_getpriority, PRIO_PROCESS, 0) != 20 - state->nice) {
    result = blob_syscall3(SYS_setpriority, PRIO_PROCESS, 0, state->nice);
    if (result < 0)
      return fail(item, RESTORE_STATE_NICE, (uint32_t)state->nice, result);
  }
  return 0;
}

long restore_thread_begin(struct restore_thread_state *state, uint64_t *item) {
  long result = blob_syscall1(SYS_set_tid_address, state->tid_address);
  if (result < 0)
    return fail(item, RESTORE_STATE_TID_ADDRESS, 0, result);
  if (state->is_32bit)
    result = compat_set_robust_list(state->robust_list, state->robust_list_byte_count);
  else
    result = blob_syscall2(SYS_set_robust_list, state->robust_list, state->robust_list_byte_count);
  if (result < 0)
    return fail(item, RESTORE_STATE_ROBUST_LIST, 0, result);
  /* Only now that the mappings stand: it may change what protection they get. */
  if (state->has_personality)
    blob_syscall1(SYS_personality, state->personality);
  result = restore_scheduler(state, item);
  if (result < 0)
    return result;

  stack_t stack;
  stack.ss_sp = (void *)state->altstack_address;
  stack.ss_size = state->altstack_byte_count;
  stack.ss_flags = (int)state->altstack_flags;
  result = blob_syscall2(SYS_sigaltstack, &stack, 0);
  if (result < 0)
    return fail(item, RESTORE_STATE_ALTERNATE_STACK, 0, result);
  result = blob_syscall2(SYS_prctl, PR_SET_NAME, state->name);
  if (result < 0)
    return fail(item, RESTORE_STATE_NAME, 0, result);
  if (state->rseq_address != 0) {
    result = blob_syscall4(SYS_rseq, state->rseq_address, state->rseq_byte_count, 0, state->rseq_signature);
    if (result < 0)
      return fail(item, RESTORE_STATE_RSEQ, 0, result);
  }
  return 0;
}

/* ---- task, begin ---- */

static long restore_limits(struct restore_task_state *state, uint64_t *item) {
  for (uint32_t resource = 0; resource < state->limit_count; resource++) {
    struct restore_limit *limit = &state->limits[resource];
    struct restore_limit now;
    long result = blob_syscall4(SYS_prlimit64, 0, resource, 0, &now);
    if (result == 0 && now.current == limit->current && now.maximum == limit->maximum)
      continue;
    result = blob_syscall4(SYS_prlimit64, 0, resource, limit, 0);
    if (result < 0)
      return fail(item, RESTORE_STATE_LIMIT, resource, result);
  }
  return 0;
}

/* Before 6.15 ids are counted up from 0: timers are made and dropped until the id comes up. */
static long create_timer_by_counting(struct restore_timer *timer, struct sigevent *event) {
  while (1) {
    int32_t id = -1;
    long result = blob_syscall3(SYS_timer_create, timer->clock, event, &id);
    if (result < 0)
      return result;
    if (id == timer->id)
      return 0;
    blob_syscall1(SYS_timer_delete, id);
    if (id > timer->id)
      return -EBUSY;
  }
}

static long restore_timers(struct restore_task_state *state, uint64_t *item) {
  if (state->timer_count == 0)
    return 0;
  long by_id = -1;
  if (!state->timers_by_loop)
    by_id = blob_syscall5(SYS_prctl, STATE_PR_TIMER_CREATE_RESTORE_IDS, 1, 0, 0, 0);
  for (uint32_t i = 0; i < state->timer_count; i++) {
    struct restore_timer *timer = &state->timers[i];
    struct sigevent event;
    for (unsigned long at = 0; at < sizeof(event); at++)
      ((char *)&event)[at] = 0;
    event.sigev_value.sival_ptr = (void *)timer->value;
    event.sigev_signo = timer->signal;
    event.sigev_notify = timer->notify;
    event._sigev_un._tid = timer->notify_tid;
    long result;
    if (by_id == 0) {
      int32_t id = timer->id;
      result = blob_syscall3(SYS_timer_create, timer->clock, &event, &id);
    } else {
      result = create_timer_by_counting(timer, &event);
    }
    if (result < 0)
      return fail(item, RESTORE_STATE_TIMER, (uint32_t)timer->id, result);
  }
  if (by_id == 0)
    blob_syscall5(SYS_prctl, STATE_PR_TIMER_CREATE_RESTORE_IDS, 0, 0, 0, 0);
  return 0;
}

static long set_sigaction(uint32_t signal, struct state_sigaction *action, uint64_t *item) {
  long result = blob_syscall4(SYS_rt_sigaction, signal, action, 0, 8);
  return result < 0 ? fail(item, RESTORE_STATE_SIGACTION, signal, result) : 0;
}

/* The default action, which also drops what is pending of a signal that is ignored by default (sigaction(2)). */
static long reset_sigchld(uint64_t *item) {
  struct state_sigaction none;
  none.handler = 0;
  none.flags = 0;
  none.restorer = 0;
  none.mask = 0;
  return set_sigaction(SIGCHLD, &none, item);
}

/* Where the action of `signal` is in the list, which has neither SIGKILL nor SIGSTOP. */
static uint32_t sigaction_index(uint32_t signal) {
  return signal - 1 - (signal > SIGKILL) - (signal > SIGSTOP);
}

/* The kernel notes which kind of code sets an action: its frames have that form. */
static long restore_sigaction(struct restore_task_state *state, uint32_t signal, uint64_t *item) {
  struct state_sigaction *action = &state->sigactions[sigaction_index(signal)];
  if ((state->compat_sigactions >> (signal - 1) & 1) == 0)
    return set_sigaction(signal, action, item);
  long result = compat_set_sigaction(signal, action, state->compat_scratch);
  return result < 0 ? fail(item, RESTORE_STATE_SIGACTION, signal, result) : 0;
}

long restore_task_begin(struct restore_task_state *state, uint64_t *item) {
  long result = restore_limits(state, item);
  if (result < 0)
    return result;
  result = blob_syscall5(SYS_prctl, PR_SET_THP_DISABLE, state->huge_pages_disabled ? 1 : 0, 0, 0, 0);
  if (result < 0)
    return fail(item, RESTORE_STATE_HUGE_PAGES, 0, result);
  result = restore_timers(state, item);
  if (result < 0)
    return result;
  for (uint32_t bit = 1; bit != 0 && bit <= state->membarrier_registrations; bit <<= 1) {
    if ((state->membarrier_registrations & bit) == 0)
      continue;
    result = blob_syscall3(SYS_membarrier, bit, 0, 0);
    if (result < 0)
      return fail(item, RESTORE_STATE_MEMBARRIER, bit, result);
  }
  if (state->sigaction_count == 0)
    return 0;
  for (uint32_t signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD)
      continue;
    result = restore_sigaction(state, signal, item);
    if (result < 0)
      return result;
  }
  return reset_sigchld(item);
}

/* ---- signals ---- */

static uint32_t signal_number(struct restore_signal *signal) { return *(uint32_t *)signal->siginfo; }

long restore_task_signals(struct restore_task_state *state, uint64_t *item) {
  /* Zombies have left their SIGCHLD by now, which the task had seen already when it was dumped. */
  long result = reset_sigchld(item);
  if (result == 0 && state->sigaction_count != 0)
    result = restore_sigaction(state, SIGCHLD, item);
  if (result < 0)
    return result;
  for (uint32_t i = 0; i < state->signal_count; i++) {
    struct restore_signal *signal = &state->signals[i];
    result = blob_syscall3(SYS_rt_sigqueueinfo, state->pid, signal_number(signal), signal->siginfo);
    if (result < 0)
      return fail(item, RESTORE_STATE_SHARED_SIGNAL, signal_number(signal), result);
  }
  return 0;
}

long restore_thread_signals(struct restore_thread_state *state, uint64_t *item) {
  for (uint32_t i = 0; i < state->signal_count; i++) {
    struct restore_signal *signal = &state->signals[i];
    long result =
        blob_syscall4(SYS_rt_tgsigqueueinfo, state->pid, state->tid, signal_number(signal), signal->siginfo);
    if (result < 0)
      return fail(item, RESTORE_STATE_PRIVATE_SIGNAL, signal_number(signal), result);
  }
  return 0;
}

/* ---- task, end ---- */

static void wait_for_credentials(struct restore_task_state *state) {
  while (1) {
    uint32_t left = __atomic_load_n(&state->credentials_left, __ATOMIC_SEQ_CST);
    if (left == 0)
      return;
    blob_syscall4(SYS_futex, &state->credentials_left, FUTEX_WAIT, left, 0);
  }
}

/* 2, for root only, is what the kernel sets by itself and takes from nobody (prctl(2)); 0 is as strict. */
static long restore_dumpable(struct restore_task_state *state) {
  if (!state->has_dumpable || blob_syscall1(SYS_prctl, PR_GET_DUMPABLE) == (long)state->dumpable)
    return 0;
  return blob_syscall2(SYS_prctl, PR_SET_DUMPABLE, state->dumpable == 1 ? 1 : 0);
}

/*
 * An interval timer of real time that has run out starts again only when its SIGALRM is taken: until then it reads as
 * an interval without a value, but set like that it would never start. So it runs out once more, at once: the signal
 * merges with the one that waits, or is ignored like the one before.
 */
static long restore_itimer(uint32_t which, struct state_interval *time) {
  int has_value = time->value_seconds != 0 || time->value_units != 0;
  if (!has_value && time->interval_seconds == 0 && time->interval_units == 0)
    return 0;
  struct state_interval setting = *time;
  if (!has_value && which == ITIMER_REAL)
    setting.value_units = 1;
  return blob_syscall3(SYS_setitimer, which, &setting, 0);
}

long restore_task_end(struct restore_task_state *state, uint64_t *item) {
  wait_for_credentials(state);
  long result = restore_dumpable(state);
  if (result < 0)
    return fail(item, RESTORE_STATE_DUMPABLE, 0, result);
  result = blob_syscall2(SYS_prctl, PR_SET_CHILD_SUBREAPER, state->child_subreaper);
  if (result < 0)
    return fail(item, RESTORE_STATE_SUBREAPER, 0, result);
  for (uint32_t which = 0; which < 3; which++) {
    result = restore_itimer(which, &state->itimers[which]);
    if (result < 0)
      return fail(item, RESTORE_STATE_ITIMER, which, result);
  }
  for (uint32_t i = 0; i < state->timer_count; i++) {
    struct restore_timer *timer = &state->timers[i];
    /* Set even when it is not armed: the interval of a timer that has run out can be read back. */
    result = blob_syscall4(SYS_timer_settime, timer->id, 0, &timer->time, 0);
    if (result < 0)
      return fail(item, RESTORE_STATE_TIMER_TIME, (uint32_t)timer->id, result);
  }
  return 0;
}

BLOB_END
