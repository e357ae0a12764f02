#include "last_steps.h"
#include "blob.h"
#include "stage.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <sys/syscall.h>

BLOB_BEGIN_RESTORE

/* Fails the whole restore and ends this process; the engine tears the tree down. */
static void last_steps_fail(struct last_steps *steps, uint32_t stage, uint32_t resource, long error, uint64_t item) {
  restore_fail(steps->shared, stage, resource, steps->pid, (int32_t)-error, item);
  blob_syscall1(SYS_exit_group, 1);
}

/* Ends a stage, and this process when the restore failed elsewhere. */
static void last_steps_stage(struct last_steps *steps, uint32_t stage) {
  if (restore_stage_end(steps->shared, stage) != 0)
    blob_syscall1(SYS_exit_group, 1);
}

static void last_steps_state(struct last_steps *steps, uint32_t stage, long result, uint64_t item) {
  if (result < 0)
    last_steps_fail(steps, stage, RESTORE_RESOURCE_STATE, result, item);
}

/* What leader and threads have in common, once signal actions stand. Never returns. */
static void last_steps_thread_end(struct last_steps_thread *thread) {
  struct last_steps *steps = thread->steps;
  uint64_t item = 0;
  last_steps_stage(steps, RESTORE_STAGE_SIGNALS);

  long result = restore_thread_signals(thread->state, &item);
  last_steps_state(steps, RESTORE_STAGE_PARKED, result, item);
  result = restore_credentials(thread->state, &item);
  last_steps_state(steps, RESTORE_STAGE_PARKED, result, item);
  if (thread == steps->threads) {
    result = restore_task_end(steps->task, &item);
    last_steps_state(steps, RESTORE_STAGE_PARKED, result, item);
  }
  last_steps_stage(steps, RESTORE_STAGE_PARKED);
  /* Parked: the engine stops this thread here, loads its registers and its signal mask, and unmaps this code. */
  while (1)
    blob_syscall4(SYS_futex, &steps->shared->stage, FUTEX_WAIT, RESTORE_STAGE_PARKED + 1, 0);
}

static void last_steps_thread_main(void *argument) {
  struct last_steps_thread *thread = argument;
  uint64_t item = 0;
  long result = restore_thread_begin(thread->state, &item);
  last_steps_state(thread->steps, RESTORE_STAGE_BUILT, result, item);
  last_steps_stage(thread->steps, RESTORE_STAGE_BUILT);
  last_steps_thread_end(thread);
}

/* Zombies stay as they are; helpers are reaped. Until then SIGCHLD has its default action, which drops it. */
static void last_steps_await(struct last_steps *steps) {
  for (uint32_t i = 0; i < steps->awaited_count; i++) {
    long options = steps->awaited_is_helper[i] ? WEXITED : (WEXITED | WNOWAIT);
    long result = blob_syscall5(SYS_waitid, P_PID, steps->awaited[i], 0, options, 0);
    if (result < 0)
      last_steps_fail(steps, RESTORE_STAGE_BUILT, RESTORE_RESOURCE_WAIT, result, (uint64_t)steps->awaited[i]);
  }
}

void last_steps_main(struct last_steps *steps) {
  uint64_t item = 0;
  if (memory_place(steps->memory, steps->shared, steps->pid) != 0)
    blob_syscall1(SYS_exit_group, 1);
  if (steps->is_lazy)
    last_steps_stage(steps, RESTORE_STAGE_MAPPED);

  long result = restore_thread_begin(steps->threads[0].state, &item);
  last_steps_state(steps, RESTORE_STAGE_BUILT, result, item);
  for (uint32_t i = 1; i < steps->thread_count; i++) {
    struct last_steps_thread *thread = &steps->threads[i];
    long tid = blob_clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, thread->tid,
                          thread->stack_top - LAST_STEPS_STACK_BYTE_COUNT, LAST_STEPS_STACK_BYTE_COUNT,
                          last_steps_thread_main, thread);
    if (tid < 0)
      last_steps_fail(steps, RESTORE_STAGE_BUILT, RESTORE_RESOURCE_THREAD, tid, (uint64_t)steps->threads[i].tid);
  }
  result = restore_task_begin(steps->task, &item);
  last_steps_state(steps, RESTORE_STAGE_BUILT, result, item);
  last_steps_stage(steps, RESTORE_STAGE_BUILT);

  last_steps_await(steps);
  result = restore_task_signals(steps->task, &item);
  last_steps_state(steps, RESTORE_STAGE_SIGNALS, result, item);
  last_steps_thread_end(&steps->threads[0]);
}

BLOB_END
