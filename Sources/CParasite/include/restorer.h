/*
 * What the engine hands to the last steps of a restore: plain data in the bootstrap area, which lies where neither the
 * old nor the new mappings of any task are. Addresses are absolute, sizes in bytes.
 */
#pragma once
#include <stdint.h>

/* Stages of a restore. Each is a barrier of all participants; RESTORE_FAILED wins over all. */
enum restore_stage : uint32_t {
  RESTORE_STAGE_START = 0,
  RESTORE_STAGE_FORKED = 1,  /* every task exists, with its private memory filled */
  RESTORE_STAGE_MADE = 2,    /* every file description was made by its owner */
  RESTORE_STAGE_PLACED = 3,  /* every descriptor stands at its number */
  RESTORE_STAGE_MAPPED = 4,  /* memory is in place; only where pages come later */
  RESTORE_STAGE_BUILT = 5,   /* memory, threads and state stand; zombies and helpers may go */
  RESTORE_STAGE_SIGNALS = 6, /* SIGCHLD actions stand, queued signals are sent */
  RESTORE_STAGE_PARKED = 7,  /* credentials stand; threads wait for the engine to load their registers */
};

/* Which resource failed; the engine has the words. */
enum restore_resource : uint32_t {
  RESTORE_RESOURCE_NONE = 0,
  RESTORE_RESOURCE_FAILURE_TEXT = 1, /* `text` of the record tells all */
  RESTORE_RESOURCE_UNMAP = 2,        /* item: address */
  RESTORE_RESOURCE_MOVE_MAPPING = 3, /* item: start address */
  RESTORE_RESOURCE_MAP = 4,          /* item: start address */
  RESTORE_RESOURCE_PROTECT = 5,      /* item: start address */
  RESTORE_RESOURCE_ADVISE = 6,       /* item: start address */
  RESTORE_RESOURCE_VDSO = 7,         /* item: address */
  RESTORE_RESOURCE_MM = 8,           /* prctl(PR_SET_MM_MAP); item: 0 */
  RESTORE_RESOURCE_THREAD = 9,       /* clone3; item: tid */
  RESTORE_RESOURCE_WAIT = 10,        /* item: pid of a zombie or a helper */
  RESTORE_RESOURCE_STATE = 11,       /* item: enum restore_state of state.h */
  RESTORE_RESOURCE_DIED = 12,        /* a task ended early; item: wait status */
};

/* Shared by the engine and all that it restores. */
struct restore_shared {
  uint32_t stage;             /* futex: the stage that participants may enter */
  uint32_t arrived;           /* futex: participants that ended the stage */
  uint32_t awaited;           /* how many the engine waits for; the last of them wakes it */
  uint32_t failed;            /* 1 once `failure` is complete */
  uint32_t failure_claimed;   /* compare-and-swap 0 -> 1: the first failure wins */
  struct restore_failure {
    uint32_t stage, resource;
    int32_t pid, error;       /* error: errno, positive */
    uint64_t item;
    char text[1600];          /* attempted NUL subject NUL remedy NUL, for RESTORE_RESOURCE_FAILURE_TEXT */
  } failure;
};
