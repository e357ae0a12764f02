#include "parasite.h"
#include "blob.h"
#include <errno.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

/*
 * A clone of the task, made while it is frozen: its memory is read while the task runs on, or when it has ended.
 *
 * No signal tells the task of its end, so that no ordinary wait sees it: one with __WALL does, and a program that has
 * taken the task's place by exec meanwhile gets a SIGCHLD, since the kernel trusts no signal across an exec.
 *
 * It takes no share in the task's root and working directory, which would change what exec of a setuid program does, and
 * leaves the task's session, so that what is sent to a process group does not reach it. It shares the table of
 * descriptors only until it has one of its own, for which nothing is copied and nothing closed. When the engine is lost
 * it ends: by the word `release`, and from when the engine traces it by PTRACE_O_EXITKILL. It does not wait for
 * `release`, since the kernel wakes one waiter of a dead owner.
 */

BLOB_BEGIN

static long engine_lives(struct parasite_header *header) {
  return __atomic_load_n(&header->release, __ATOMIC_SEQ_CST) & FUTEX_TID_MASK;
}

static long is_traced(struct parasite_header *header) {
  return __atomic_load_n(&header->clone_is_traced, __ATOMIC_SEQ_CST);
}

static __attribute__((used)) void clone_main(struct parasite_header *header) {
  while (header->clone_is_filtered && !is_traced(header) && engine_lives(header))
    __asm__ volatile("pause");
  char root[2];
  root[0] = '/';
  root[1] = 0;
  blob_syscall0(SYS_setsid);
  if (header->clone_name[0])
    blob_syscall2(SYS_prctl, PR_SET_NAME, header->clone_name);
  long result = blob_syscall3(SYS_close_range, 0, 0xffffffff, CLOSE_RANGE_UNSHARE);
  if (result == 0)
    result = blob_syscall1(SYS_chdir, root);
  __atomic_store_n(&header->clone_stage, result < 0 ? (uint32_t)result : PARASITE_CLONE_READY, __ATOMIC_SEQ_CST);
  blob_syscall3(SYS_futex, &header->clone_stage, FUTEX_WAKE, 1);
  struct timespec while_untraced;
  while_untraced.tv_sec = 0;
  while_untraced.tv_nsec = 10000000;
  while (engine_lives(header) && !is_traced(header))
    blob_syscall4(SYS_futex, &header->clone_is_traced, FUTEX_WAIT, 0, &while_untraced);
  while (is_traced(header))
    blob_syscall4(SYS_futex, &header->clone_is_traced, FUTEX_WAIT, 1, 0);
  blob_syscall1(SYS_exit_group, 0);
}

/* clone(2): the child begins in clone_main, on a stack of its own, since the area is shared. */
static __attribute__((naked)) long clone_task(unsigned long flags, void *stack, int32_t *child,
                                              struct parasite_header *header) {
  __asm__ volatile("push %r12\n\t"
                   "mov %rcx, %r12\n\t"
                   "xor %r10d, %r10d\n\t"
                   "xor %r8d, %r8d\n\t"
                   "mov $56, %eax\n\t" /* clone */
                   "syscall\n\t"
                   "test %rax, %rax\n\t"
                   "jz 1f\n\t"
                   "pop %r12\n\t"
                   "ret\n"
                   "1:\n\t"
                   "mov %r12, %rdi\n\t"
                   "xor %ebp, %ebp\n\t"
                   "call clone_main\n\t"
                   "ud2");
}

/* CLONE_PARENT_SETTID: the kernel stores the pid before the child runs, so that whoever cleans up after us finds it. */
long parasite_clone(struct parasite_header *header) {
  header->clone_stage = PARASITE_CLONE_BORN;
  header->clone_is_traced = 0;
  unsigned long flags = CLONE_FILES | CLONE_PARENT_SETTID;
  if (header->clone_keeps)
    flags |= CLONE_VM;
  return clone_task(flags, (char *)header + PARASITE_HEADER_BYTE_COUNT, &header->clone, header);
}

BLOB_END

_Static_assert(sizeof(struct parasite_header) <= 1024, "the rest of its page is the clone's stack");
