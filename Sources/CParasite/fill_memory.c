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

BLOB_BEGIN_RESTORE

static void fill_failed(struct fill_work *work, struct fill_piece *piece, long error, uint64_t address) {
  uint32_t none = 0;
  if (!__atomic_compare_exchange_n(&work->failed, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return;
  work->failed_address = address;
  work->failed_piece = (uint64_t)(piece - work->pieces);
  work->error = (int32_t)error;
}

/* Pages that come in one call cost a quarter less than those that come as faults. 0 or -errno. */
static long fill_bring_in(struct fill_range *range) {
  if (range->address == 0 || range->byte_count < FILL_POPULATED_BYTE_COUNT)
    return 0;
  return blob_syscall3(SYS_madvise, range->address, range->byte_count, MADV_POPULATE_WRITE);
}

static void fill_plain(struct fill_work *work, struct fill_piece *piece) {
  struct fill_range *range = work->ranges + piece->first_range;
  uint64_t left = piece->range_count, offset = piece->offset;
  for (uint64_t i = 0; i < left; i++)
    fill_bring_in(range + i); /* where it fails, the read says why */
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

/* 0; ENODATA, or another errno, positive. */
static long fill_read(int32_t file, char *bytes, uint64_t byte_count, uint64_t offset) {
  uint64_t done = 0;
  while (done < byte_count) {
    long count = blob_syscall4(SYS_pread64, file, bytes + done, byte_count - done, offset + done);
    if (count == -EINTR)
      continue;
    if (count <= 0)
      return count == 0 ? ENODATA : -count;
    done += (uint64_t)count;
  }
  return 0;
}

static void fill_copy(void *to, const void *from, uint64_t byte_count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(byte_count) : : "memory");
}

static void fill_packed(struct fill_process *process, struct fill_piece *piece) {
  struct fill_work *work = process->work;
  struct fill_range *range = work->ranges + piece->first_range;
  uint64_t first = range[range->address == 0 && piece->range_count > 1].address;
  long error = fill_read(piece->file, process->packed, piece->packed_byte_count, piece->offset);
  for (uint64_t i = 0; i < piece->range_count && error == 0; i++) {
    long result = fill_bring_in(range + i);
    /* Here no system call says what is wrong with the memory; kernels before 5.14 do not know this one. */
    if (result < 0 && result != -EINVAL)
      error = -result;
  }
  if (error == 0) {
    uint32_t *checksum = (uint32_t *)((char *)process->packed + piece->packed_byte_count - 4);
    _Bool is_one_place = piece->range_count == 1 && range->byte_count == piece->byte_count;
    char *bytes = is_one_place ? (char *)range->address : process->unpacked;
    if (*checksum != piece->checksum || work->unpack(process->context, bytes, piece->byte_count, process->packed,
                                                     piece->packed_byte_count) != piece->byte_count)
      error = EBADMSG;
    for (uint64_t i = 0; i < piece->range_count && error == 0 && !is_one_place; i++) {
      if (range[i].address != 0)
        fill_copy((void *)range[i].address, bytes, range[i].byte_count);
      bytes += range[i].byte_count;
    }
  }
  if (error != 0)
    fill_failed(work, piece, error, first);
}

void fill_memory(struct fill_process *process) {
  struct fill_work *work = process->work;
  while (__atomic_load_n(&work->failed, __ATOMIC_SEQ_CST) == 0) {
    uint64_t index = __atomic_fetch_add(&work->next, 1, __ATOMIC_SEQ_CST);
    if (index >= work->piece_count)
      return;
    if (work->pieces[index].packed_byte_count > 0)
      fill_packed(process, work->pieces + index);
    else
      fill_plain(work, work->pieces + index);
  }
}

static void fill_helper_main(void *argument) {
  struct fill_process *process = argument;
  blob_syscall2(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  /* Whoever made us may have died before that call, which tells only of later deaths. */
  if (blob_syscall0(SYS_getppid) == process->work->maker)
    fill_memory(process);
  while (1)
    blob_syscall1(SYS_exit, 0);
}

long fill_start_helper(struct fill_process *process, int32_t pid) {
  process->work->maker = (int32_t)blob_syscall0(SYS_getpid);
  return blob_clone(CLONE_VM | CLONE_FS | CLONE_FILES, pid, process->stack, FILL_STACK_BYTE_COUNT, fill_helper_main,
                    process);
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
