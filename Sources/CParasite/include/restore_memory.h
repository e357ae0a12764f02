/*
 * The memory of a task in the last steps of its restore. Before them, the engine's own code in the task has filled the
 * arena: a range that no mapping of any task touches, where each mapping with contents waits at its place.
 */
#pragma once
#include "restorer.h"

struct memory_range {
  uint64_t start, end;
};

/* mremap(2) from its place in the arena. */
struct memory_move {
  uint64_t from, to, byte_count;
};

/* mmap(2) of anonymous memory without contents. */
struct memory_map {
  uint64_t start, byte_count;
  uint32_t protection, flags;
};

struct memory_protection {
  uint64_t start, byte_count;
  uint32_t protection, padding;
};

enum : uint32_t {
  MEMORY_ADVICE_LOCK = 1000,          /* mlock(2) instead of madvise(2) */
  MEMORY_ADVICE_LOCK_ON_FAULT = 1001, /* mlock2(2), MLOCK_ONFAULT: what is there, and what comes */
};

struct memory_advice {
  uint64_t start, byte_count;
  uint32_t advice; /* MADV_ number, or one of the above */
  uint32_t may_fail;
};

/* struct prctl_mm_map of linux/prctl.h. */
struct memory_layout {
  uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
  uint64_t arg_start, arg_end, env_start, env_end;
  uint64_t auxiliary_vector; /* address */
  uint32_t auxiliary_vector_byte_count;
  int32_t executable;        /* descriptor; -1: the engine's own program stays. Closed afterwards */
};

/*
 * The kernel's vdso and vvar, of which a task has one: made anew, or moved from where ours is. Lists are addresses in
 * the bootstrap area.
 */
struct memory_vdso {
  uint64_t request;            /* arch_prctl(2): ARCH_MAP_VDSO_64, or _32 for 32-bit code */
  uint64_t map_at, byte_count; /* map_at 0: not made */
  uint64_t park_count;
  struct memory_move *park;    /* out of the way, before our own memory is unmapped */
  uint64_t place_count;
  struct memory_move *place;   /* to where the task had its parts */
  uint64_t mark_count;
  uint64_t *mark;              /* words put at the beginning of `code`, for the next dump */
  struct memory_range code;
};

/* Lists are addresses in the bootstrap area. */
struct restore_memory {
  uint64_t keep_count; /* ascending; all else is unmapped first */
  struct memory_range *keep;
  struct memory_range arena;
  uint64_t address_limit; /* end of what a task may map */
  uint64_t move_count;
  struct memory_move *moves;
  uint64_t map_count;
  struct memory_map *maps;
  uint64_t protection_count;
  struct memory_protection *protections;
  uint64_t advice_count;
  struct memory_advice *advices;
  struct memory_vdso vdso;
  struct memory_layout layout;
};

/*
 * Makes the task's memory what it was. Nothing but the bootstrap area may be in use: no stack, no data of the engine.
 * 0, or -1 after restore_fail.
 */
long memory_place(struct restore_memory *memory, struct restore_shared *shared, int32_t pid);

/* What a restore counts of memory (restore_stats_entry), in pages. Shared by all tasks. */
struct memory_counters {
  uint64_t compared, shared_with_parent, restored;
};

void memory_count(struct memory_counters *counters, uint64_t compared, uint64_t shared_with_parent, uint64_t restored);
