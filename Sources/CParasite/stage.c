#include "stage.h"
#include "blob.h"
#include <linux/futex.h>
#include <sys/syscall.h>

BLOB_BEGIN

long restore_stage_end(struct restore_shared *shared, uint32_t stage) {
  __atomic_add_fetch(&shared->arrived, 1, __ATOMIC_SEQ_CST);
  blob_syscall3(SYS_futex, &shared->arrived, FUTEX_WAKE, 0x7fffffff);
  while (1) {
    if (__atomic_load_n(&shared->failed, __ATOMIC_SEQ_CST))
      return -1;
    uint32_t now = __atomic_load_n(&shared->stage, __ATOMIC_SEQ_CST);
    if (now > stage)
      return 0;
    blob_syscall4(SYS_futex, &shared->stage, FUTEX_WAIT, now, 0);
  }
}

void restore_fail(struct restore_shared *shared, uint32_t stage, uint32_t resource, int32_t pid, int32_t error,
                  uint64_t item) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&shared->failure_claimed, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return;
  shared->failure.stage = stage;
  shared->failure.resource = resource;
  shared->failure.pid = pid;
  shared->failure.error = error;
  shared->failure.item = item;
  __atomic_store_n(&shared->failed, 1, __ATOMIC_SEQ_CST);
  /* Waiters compare the stage word with what they read: moving it wakes them for good. */
  __atomic_add_fetch(&shared->stage, 1000, __ATOMIC_SEQ_CST);
  blob_syscall3(SYS_futex, &shared->stage, FUTEX_WAKE, 0x7fffffff);
  blob_syscall3(SYS_futex, &shared->arrived, FUTEX_WAKE, 0x7fffffff);
}

BLOB_END
