#include "blob.h"
#include "state.h"
#include <errno.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/syscall.h>

/*
 * Everything takes rights that the final capabilities may not include, so they come last. A thread is born with the
 * engine's credentials; what is equal is left alone, so that an engine without rights restores tasks of its own kind.
 */

BLOB_BEGIN_RESTORE

static long fail(uint64_t *item, uint32_t state, uint32_t detail, long result) {
  *item = state | (uint64_t)detail << 32;
  return result;
}

static int groups_equal(struct restore_thread_state *state) {
  uint32_t now[64];
  long count = blob_syscall2(SYS_getgroups, 0, 0);
  if (count != (long)state->group_count || count > 64)
    return 0;
  if (blob_syscall2(SYS_getgroups, 64, now) != count)
    return 0;
  for (long i = 0; i < count; i++)
    if (now[i] != state->groups[i])
      return 0;
  return 1;
}

static int ids_equal(struct state_credentials *wanted) {
  uint32_t real, effective, saved;
  blob_syscall3(SYS_getresuid, &real, &effective, &saved);
  if (real != wanted->uid || effective != wanted->euid || saved != wanted->suid)
    return 0;
  blob_syscall3(SYS_getresgid, &real, &effective, &saved);
  if (real != wanted->gid || effective != wanted->egid || saved != wanted->sgid)
    return 0;
  return (uint32_t)blob_syscall1(SYS_setfsuid, -1L) == wanted->fsuid &&
         (uint32_t)blob_syscall1(SYS_setfsgid, -1L) == wanted->fsgid;
}

static long set_ids(struct state_credentials *wanted, uint64_t *item) {
  /* Else the kernel would take capabilities away as the ids change (capabilities(7)). */
  long securebits = blob_syscall1(SYS_prctl, PR_GET_SECUREBITS);
  long result = securebits < 0 ? securebits
                               : blob_syscall2(SYS_prctl, PR_SET_SECUREBITS, securebits | SECBIT_NO_SETUID_FIXUP);
  if (result < 0)
    return fail(item, RESTORE_STATE_SECUREBITS, 0, result);
  result = blob_syscall3(SYS_setresgid, wanted->gid, wanted->egid, wanted->sgid);
  if (result < 0)
    return fail(item, RESTORE_STATE_GROUP_IDS, 0, result);
  blob_syscall1(SYS_setfsgid, wanted->fsgid);
  result = blob_syscall3(SYS_setresuid, wanted->uid, wanted->euid, wanted->suid);
  if (result < 0)
    return fail(item, RESTORE_STATE_USER_IDS, 0, result);
  blob_syscall1(SYS_setfsuid, wanted->fsuid);
  /* The two calls report nothing; ask again. */
  return ids_equal(wanted) ? 0 : fail(item, RESTORE_STATE_USER_IDS, 0, -EPERM);
}

static long get_capabilities(struct state_credentials *now) {
  struct __user_cap_header_struct header;
  struct __user_cap_data_struct data[2];
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = 0;
  long result = blob_syscall2(SYS_capget, &header, data);
  now->effective = data[0].effective | (uint64_t)data[1].effective << 32;
  now->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  now->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
  return result;
}

static long set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct __user_cap_header_struct header;
  struct __user_cap_data_struct data[2];
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = 0;
  data[0].effective = (uint32_t)effective;
  data[0].permitted = (uint32_t)permitted;
  data[0].inheritable = (uint32_t)inheritable;
  data[1].effective = (uint32_t)(effective >> 32);
  data[1].permitted = (uint32_t)(permitted >> 32);
  data[1].inheritable = (uint32_t)(inheritable >> 32);
  return blob_syscall2(SYS_capset, &header, data);
}

/* Ambient capabilities must be permitted and inheritable, and securebits may forbid to raise them: before both. */
static long set_ambient(uint64_t wanted, uint64_t *item) {
  for (long capability = 0; capability < 64; capability++) {
    long is_set = blob_syscall5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0);
    if (is_set < 0)
      return 0; /* EINVAL: the kernel has no more */
    long wants = wanted >> capability & 1;
    if (wants == is_set)
      continue;
    long how = wants ? PR_CAP_AMBIENT_RAISE : PR_CAP_AMBIENT_LOWER;
    long result = blob_syscall5(SYS_prctl, PR_CAP_AMBIENT, how, capability, 0, 0);
    if (result < 0)
      return fail(item, RESTORE_STATE_AMBIENT, (uint32_t)capability, result);
  }
  return 0;
}

/* Capabilities that we lack ourselves cannot be given; the plan has said so before. */
static long drop_bounding(uint64_t wanted, uint64_t *item) {
  for (long capability = 0; capability < 64; capability++) {
    long is_set = blob_syscall2(SYS_prctl, PR_CAPBSET_READ, capability);
    if (is_set < 0)
      return 0;
    if (is_set == 0 || (wanted >> capability & 1))
      continue;
    long result = blob_syscall2(SYS_prctl, PR_CAPBSET_DROP, capability);
    if (result < 0)
      return fail(item, RESTORE_STATE_BOUNDING, (uint32_t)capability, result);
  }
  return 0;
}

static long restore_capabilities(struct state_credentials *wanted, uint64_t *item) {
  struct state_credentials now;
  long result = get_capabilities(&now);
  /* An inheritable capability may be outside the bounding set, but must come before the set shrinks. */
  if (result == 0 && now.inheritable != wanted->inheritable)
    result = set_capabilities(now.effective, now.permitted, wanted->inheritable);
  if (result < 0)
    return fail(item, RESTORE_STATE_INHERITABLE, 0, result);
  result = set_ambient(wanted->ambient, item);
  if (result == 0)
    result = drop_bounding(wanted->bounding, item);
  if (result < 0)
    return result;
  if (blob_syscall1(SYS_prctl, PR_GET_SECUREBITS) != (long)wanted->securebits) {
    result = blob_syscall2(SYS_prctl, PR_SET_SECUREBITS, wanted->securebits);
    if (result < 0)
      return fail(item, RESTORE_STATE_SECUREBITS, 0, result);
  }
  if (now.effective != wanted->effective || now.permitted != wanted->permitted) {
    result = set_capabilities(wanted->effective, wanted->permitted, wanted->inheritable);
    if (result < 0)
      return fail(item, RESTORE_STATE_CAPABILITIES, 0, result);
  }
  return 0;
}

static long change_credentials(struct restore_thread_state *state, uint64_t *item) {
  struct state_credentials *wanted = &state->credentials;
  long result;
  if (!groups_equal(state)) {
    result = blob_syscall2(SYS_setgroups, state->group_count, state->groups);
    if (result < 0)
      return fail(item, RESTORE_STATE_GROUPS, 0, result);
  }
  if (!ids_equal(wanted)) {
    result = set_ids(wanted, item);
    if (result < 0)
      return result;
  }
  result = restore_capabilities(wanted, item);
  if (result < 0)
    return result;
  if (wanted->no_new_privileges) {
    result = blob_syscall5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (result < 0)
      return fail(item, RESTORE_STATE_NO_NEW_PRIVILEGES, 0, result);
  }
  return 0;
}

/* A thread can be given the leader's filters only while its own are no others (seccomp(2), TSYNC). */
static void await_filters(struct restore_task_state *task) {
  while (__atomic_load_n(&task->filters_stand, __ATOMIC_SEQ_CST) == 0)
    blob_syscall4(SYS_futex, &task->filters_stand, FUTEX_WAIT, 0, 0);
}

/* While we may: a filter needs CAP_SYS_ADMIN or no_new_privs. */
static long install_filters(struct restore_thread_state *state, uint64_t *item) {
  long result = 0;
  int is_leader = state->tid == state->pid;
  if (!is_leader && state->seccomp_mode != SECCOMP_MODE_DISABLED)
    await_filters(state->task);
  if (state->seccomp_mode == SECCOMP_MODE_STRICT)
    result = blob_syscall3(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0);
  if (result < 0)
    return fail(item, RESTORE_STATE_SECCOMP, 0, result);
  for (uint32_t i = 0; i < state->filter_count; i++) {
    /* struct sock_fprog begins with a short and goes on with a pointer: here, the count and the address. */
    struct restore_filter *filter = &state->filters[i];
    result = blob_syscall3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &filter->instruction_count);
    if (result != 0) /* with TSYNC also the thread that could not be given it */
      return fail(item, RESTORE_STATE_SECCOMP, i, result < 0 ? result : -EBUSY);
  }
  if (is_leader) {
    __atomic_store_n(&state->task->filters_stand, 1, __ATOMIC_SEQ_CST);
    blob_syscall3(SYS_futex, &state->task->filters_stand, FUTEX_WAKE, 0x7fffffff);
  }
  return 0;
}

long restore_credentials(struct restore_thread_state *state, uint64_t *item) {
  long installed = install_filters(state, item);
  if (installed < 0)
    return installed;
  if (state->has_credentials) {
    long result = change_credentials(state, item);
    if (result < 0)
      return result;
  }
  /* A change of ids clears it. */
  long result = blob_syscall2(SYS_prctl, PR_SET_PDEATHSIG, state->parent_death_signal);
  if (result < 0)
    return fail(item, RESTORE_STATE_PARENT_DEATH_SIGNAL, 0, result);
  __atomic_sub_fetch(&state->task->credentials_left, 1, __ATOMIC_SEQ_CST);
  blob_syscall3(SYS_futex, &state->task->credentials_left, FUTEX_WAKE, 0x7fffffff);
  return 0;
}

BLOB_END
