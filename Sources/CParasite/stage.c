#include "stage.h"
#include "blob.h"
#include <linux/futex.h>
#include <sys/syscall.h>

BLOB_BEGIN_RESTORE

long restore_stage_wait(struct restore_shared *shared, uint32_t stage) {
  while (1) {
    if (__atomic_load_n(&shared->failed, __ATOMIC_SEQ_CST))
      return -1;
    uint32_t now = __atomic_load_n(&shared->stage, __ATOMIC_SEQ_CST);
    if (now >= stage)
      return 0;
    blob_syscall4(SYS_futex, &shared->stage, FUTEX_WAIT, now, 0);
  }
}

long restore_stage_end(struct restore_shared *shared, uint32_t stage) {
  /* The engine writes what it awaits before it looks at who has arrived: one of both sees the last one come. */
  uint32_t arrived = __atomic_add_fetch(&shared->arrived, 1, __ATOMIC_SEQ_CST);
  if (arrived == __atomic_load_n(&shared->awaited, __ATOMIC_SEQ_CST))
    blob_syscall3(SYS_futex, &shared->arrived, FUTEX_WAKE, 0x7fffffff);
  return restore_stage_wait(shared, stage + 1);
}

/* Only the first failure gets its record; 1 for it. */
static int restore_claim(struct restore_shared *shared, uint32_t stage, uint32_t resource, int32_t pid, int32_t error,
                         uint64_t item) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&shared->failure_claimed, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return 0;
  shared->failure.stage = stage;
  shared->failure.resource = resource;
  shared->failure.pid = pid;
  shared->failure.error = error;
  shared->failure.item = item;
  return 1;
}

static void restore_publish(struct restore_shared *shared) {
  __atomic_store_n(&shared->failed, 1, __ATOMIC_SEQ_CST);
  /* Waiters compare the stage word with what they read: moving it wakes them for good. */
  __atomic_add_fetch(&shared->stage, 1000, __ATOMIC_SEQ_CST);
  blob_syscall3(SYS_futex, &shared->stage, FUTEX_WAKE, 0x7fffffff);
  blob_syscall3(SYS_futex, &shared->arrived, FUTEX_WAKE, 0x7fffffff);
}

void restore_fail(struct restore_shared *shared, uint32_t stage, uint32_t resource, int32_t pid, int32_t error,
                  uint64_t item) {
  if (restore_claim(shared, stage, resource, pid, error, item))
    restore_publish(shared);
}

void restore_fail_text(struct restore_shared *shared, uint32_t stage, int32_t pid, int32_t error, const uint8_t *bytes,
                       uint32_t byte_count) {
  if (!restore_claim(shared, stage, RESTORE_RESOURCE_FAILURE_TEXT, pid, error, 0))
    return;
  for (uint32_t i = 0; i < byte_count && i < sizeof(shared->failure.text); i++)
    shared->failure.text[i] = (char)bytes[i];
  restore_publish(shared);
}

uint32_t restore_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

void restore_store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

BLOB_END
