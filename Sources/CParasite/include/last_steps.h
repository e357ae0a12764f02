/*
 * The last steps of a restore: what a task can only do once its own old memory is gone. The engine fills these values
 * in the bootstrap area, whose addresses no mapping of the task touches, and enters by `last_steps_enter`.
 */
#pragma once
#include "restore_memory.h"
#include "restorer.h"
#include "state.h"

enum : uint32_t { LAST_STEPS_STACK_BYTE_COUNT = 16384 };

struct last_steps_thread {
  struct restore_thread_state *state;
  int32_t tid;
  uint64_t stack_top; /* 16-byte aligned */
  struct last_steps *steps;
};

struct last_steps {
  struct restore_shared *shared;
  struct restore_memory *memory;
  struct restore_task_state *task;
  struct last_steps_thread *threads; /* the leader first */
  int32_t *awaited;                  /* children that end before the task runs: zombies stay, helpers are reaped */
  uint32_t *awaited_is_helper;
  uint32_t thread_count, awaited_count;
  int32_t pid;
  uint32_t is_lazy; /* pages come later: the engine registers memory when it is in place */
  uint64_t code; /* where the copy of the blob is */
};

/*
 * Leaves the engine's code for good: switches to the leader's stack in the bootstrap area and runs `last_steps_main` in
 * the copy of the blob. The C library's rseq must have been given up, since its memory goes.
 */
_Noreturn void last_steps_enter(struct last_steps *steps);
