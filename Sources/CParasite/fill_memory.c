#include "fill_memory.h"
#include "blob.h"
#include <errno.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

BLOB_BEGIN

static void fill_failed(struct fill_work *work, struct fill_piece *piece, long error, uint64_t address) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&work->failed, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return;
  work->failed_address = address;
  work->failed_file = piece->file;
  work->error = (int32_t)error;
}

static void fill_piece(struct fill_work *work, struct fill_piece *piece) {
  struct fill_range *range = work->ranges + piece->first_range;
  uint64_t left = piece->range_count, offset = piece->offset;
  /* Pages that come in one call cost a quarter less than those that come as faults of a read. Where it fails, the read
   * says why. */
  for (uint64_t i = 0; i < left; i++)
    if (range[i].byte_count >= FILL_POPULATED_BYTE_COUNT)
      blob_syscall3(SYS_madvise, range[i].address, range[i].byte_count, MADV_POPULATE_WRITE);
  while (left > 0) {
    long count = blob_syscall4(SYS_preadv, piece->file, range, left, offset);
    if (count == -EINTR)
      continue;
    if (count <= 0) {
      fill_failed(work, piece, count == 0 ? ENODATA : -count, range->address);
      return;
    }
    offset += (uint64_t)count;
    while (left > 0 && (uint64_t)count >= range->byte_count) {
      count -= (long)range->byte_count;
      range++;
      left--;
    }
    if (left > 0) {
      range->address += (uint64_t)count;
      range->byte_count -= (uint64_t)count;
    }
  }
}

void fill_memory(struct fill_work *work) {
  while (__atomic_load_n(&work->failed, __ATOMIC_SEQ_CST) == 0) {
    uint64_t index = __atomic_fetch_add(&work->next, 1, __ATOMIC_SEQ_CST);
    if (index >= work->piece_count)
      return;
    fill_piece(work, work->pieces + index);
  }
}

static void fill_helper_main(void *argument) {
  struct fill_work *work = argument;
  blob_syscall2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  fill_memory(work);
  while (1)
    blob_syscall1(SYS_exit, 0);
}

long fill_start_helper(struct fill_work *work, int32_t pid, uint64_t stack) {
  return blob_clone(CLONE_VM | CLONE_FS | CLONE_FILES, pid, stack, FILL_STACK_BYTE_COUNT, fill_helper_main, work);
}

long fill_await_helper(int32_t pid) {
  int status = 0;
  long result;
  do {
    result = blob_syscall4(SYS_wait4, pid, &status, __WALL, 0);
  } while (result == -EINTR);
  if (result < 0)
    return result;
  return status == 0 ? 0 : -ECHILD;
}

BLOB_END
