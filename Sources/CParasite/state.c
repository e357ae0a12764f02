#include "state.h"
#include "blob.h"
#include "compat.h"
#include <linux/capability.h>
#include <linux/prctl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

BLOB_BEGIN

static void thread_failed(struct parasite_thread_state *state, uint32_t item, long result) {
  if (state->error != 0)
    return;
  state->error = (int32_t)-result;
  state->item = item;
}

static void read_ids(struct parasite_thread_state *state) {
  struct state_credentials *credentials = &state->credentials;
  long result = blob_syscall3(SYS_getresuid, &credentials->uid, &credentials->euid, &credentials->suid);
  if (result == 0)
    result = blob_syscall3(SYS_getresgid, &credentials->gid, &credentials->egid, &credentials->sgid);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_IDS, result);
  /* An id that cannot be set leaves the present one, which is what the call returns (setfsuid(2)). */
  credentials->fsuid = (uint32_t)blob_syscall1(SYS_setfsuid, -1L);
  credentials->fsgid = (uint32_t)blob_syscall1(SYS_setfsgid, -1L);

  result = blob_syscall2(SYS_getgroups, 0, 0);
  if (result > 0 && result <= PARASITE_GROUP_CAPACITY)
    result = blob_syscall2(SYS_getgroups, PARASITE_GROUP_CAPACITY, state->groups);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_GROUPS, result);
  else
    state->group_count = (uint32_t)result;
}

static void read_capabilities(struct parasite_thread_state *state) {
  struct state_credentials *credentials = &state->credentials;
  struct __user_cap_header_struct header;
  struct __user_cap_data_struct data[2];
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = 0;
  long result = blob_syscall2(SYS_capget, &header, data);
  if (result < 0) {
    thread_failed(state, PARASITE_ITEM_CAPABILITIES, result);
    return;
  }
  credentials->effective = data[0].effective | (uint64_t)data[1].effective << 32;
  credentials->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  credentials->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;

  credentials->bounding = 0;
  credentials->ambient = 0;
  for (long capability = 0; capability < 64; capability++) {
    result = blob_syscall2(SYS_prctl, PR_CAPBSET_READ, capability);
    if (result < 0)
      break; /* EINVAL: the kernel has no more */
    uint64_t bit = 1UL << capability;
    if (result == 1)
      credentials->bounding |= bit;
    /* An ambient capability is always permitted and inheritable, so that mostly nothing has to be asked. */
    if ((credentials->permitted & credentials->inheritable & bit) != 0 &&
        blob_syscall5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1)
      credentials->ambient |= bit;
  }
  result = blob_syscall1(SYS_prctl, PR_GET_SECUREBITS);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_SECUREBITS, result);
  else
    credentials->securebits = (uint32_t)result;
  result = blob_syscall5(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_NO_NEW_PRIVILEGES, result);
  else
    credentials->no_new_privileges = (uint32_t)result;
}

static void read_scheduler(struct parasite_thread_state *state) {
  int32_t priority = 0;
  long policy = blob_syscall1(SYS_sched_getscheduler, 0);
  if (policy < 0) {
    thread_failed(state, PARASITE_ITEM_SCHEDULER, policy);
    return;
  }
  long result = blob_syscall2(SYS_sched_getparam, 0, &priority);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_SCHEDULER, result);
  state->scheduler_policy = (uint32_t)policy;
  state->scheduler_priority = (uint32_t)priority;
  /* The system call gives 20 - nice, which the C library hides (getpriority(2)). */
  result = blob_syscall2(SYS_getpriority, PRIO_PROCESS, 0);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_SCHEDULER, result);
  else
    state->nice = (int32_t)(20 - result);
}

void parasite_read_thread_state(struct parasite_thread_state *state) {
  state->error = 0;
  state->item = PARASITE_ITEM_NONE;
  long result = blob_syscall2(SYS_prctl, PR_GET_TID_ADDRESS, &state->tid_address);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_TID_ADDRESS, result);
  if (state->is_32bit)
    result = compat_get_robust_list(&state->robust_list, &state->robust_list_byte_count);
  else
    result = blob_syscall3(SYS_get_robust_list, 0, &state->robust_list, &state->robust_list_byte_count);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_ROBUST_LIST, result);

  stack_t stack;
  result = blob_syscall2(SYS_sigaltstack, 0, &stack);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_ALTERNATE_STACK, result);
  state->altstack_address = (uint64_t)stack.ss_sp;
  state->altstack_byte_count = stack.ss_size;
  state->altstack_flags = (uint32_t)stack.ss_flags;

  int32_t signal = 0;
  result = blob_syscall2(SYS_prctl, PR_GET_PDEATHSIG, &signal);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_PARENT_DEATH_SIGNAL, result);
  state->parent_death_signal = (uint32_t)signal;
  result = blob_syscall2(SYS_prctl, PR_GET_NAME, state->name);
  if (result < 0)
    thread_failed(state, PARASITE_ITEM_NAME, result);

  read_ids(state);
  read_capabilities(state);
  read_scheduler(state);
}

static void task_failed(struct parasite_task_state *state, uint32_t item, uint32_t detail, long result) {
  if (state->error != 0)
    return;
  state->error = (int32_t)-result;
  state->item = item;
  state->detail = detail;
}

static void read_signals_and_timers(struct parasite_task_state *state) {
  uint32_t index = 0;
  for (uint32_t signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP)
      continue;
    long result = blob_syscall4(SYS_rt_sigaction, signal, 0, &state->sigactions[index], 8);
    if (result < 0)
      task_failed(state, PARASITE_ITEM_SIGACTION, signal, result);
    index++;
  }
  for (uint32_t which = 0; which < 3; which++) {
    long result = blob_syscall2(SYS_getitimer, which, &state->itimers[which]);
    if (result < 0)
      task_failed(state, PARASITE_ITEM_ITIMER, which, result);
  }
  for (uint32_t i = 0; i < state->timer_count && i < PARASITE_TIMER_CAPACITY; i++) {
    struct parasite_timer *timer = &state->timers[i];
    long result = blob_syscall2(SYS_timer_gettime, timer->id, &timer->time);
    if (result == 0)
      result = blob_syscall1(SYS_timer_getoverrun, timer->id);
    if (result < 0)
      task_failed(state, PARASITE_ITEM_TIMER, (uint32_t)timer->id, result);
    timer->overrun = (int32_t)result;
  }
}

void parasite_read_task_state(struct parasite_task_state *state) {
  state->error = 0;
  state->item = PARASITE_ITEM_NONE;
  state->detail = 0;
  state->program_break = (uint64_t)blob_syscall1(SYS_brk, 0);
  state->umask = (uint32_t)blob_syscall1(SYS_umask, 077);
  blob_syscall1(SYS_umask, state->umask);

  long result = blob_syscall1(SYS_prctl, PR_GET_DUMPABLE);
  if (result < 0)
    task_failed(state, PARASITE_ITEM_DUMPABLE, 0, result);
  state->dumpable = (uint32_t)result;
  result = blob_syscall5(SYS_prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0);
  if (result < 0)
    task_failed(state, PARASITE_ITEM_HUGE_PAGES, 0, result);
  state->huge_pages_disabled = (uint32_t)result;
  int32_t subreaper = 0;
  result = blob_syscall2(SYS_prctl, PR_GET_CHILD_SUBREAPER, &subreaper);
  if (result < 0)
    task_failed(state, PARASITE_ITEM_SUBREAPER, 0, result);
  state->child_subreaper = (uint32_t)subreaper;
  result = blob_syscall3(SYS_membarrier, 1 << 9, 0, 0); /* MEMBARRIER_CMD_GET_REGISTRATIONS, since 6.3 */
  state->membarrier_registrations = result < 0 ? 0 : (uint32_t)result;
  state->personality = (uint32_t)blob_syscall1(SYS_personality, 0xffffffff); /* asks only */

  read_signals_and_timers(state);
}

BLOB_END
