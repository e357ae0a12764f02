#include "restore_memory.h"
#include "blob.h"
#include "stage.h"
#include <errno.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

_Static_assert(sizeof(struct memory_layout) == sizeof(struct prctl_mm_map), "struct prctl_mm_map");
_Static_assert(offsetof(struct memory_layout, executable) == offsetof(struct prctl_mm_map, exe_fd), "exe_fd");

BLOB_BEGIN_RESTORE

static long memory_failed(struct restore_shared *shared, int32_t pid, uint32_t resource, long result, uint64_t item) {
  restore_fail(shared, RESTORE_STAGE_BUILT, resource, pid, (int32_t)-result, item);
  return -1;
}

/* Also takes the engine's vdso and vvar if they are not parked: the kernel makes new ones only where there are none. */
static long memory_clear(struct restore_memory *memory, struct restore_shared *shared, int32_t pid) {
  uint64_t start = 0;
  for (uint64_t i = 0; i <= memory->keep_count; i++) {
    uint64_t end = i < memory->keep_count ? memory->keep[i].start : memory->address_limit;
    if (end > start) {
      long result = blob_syscall2(SYS_munmap, start, end - start);
      if (result < 0)
        return memory_failed(shared, pid, RESTORE_RESOURCE_UNMAP, result, start);
    }
    if (i < memory->keep_count)
      start = memory->keep[i].end;
  }
  return 0;
}

static long memory_make_vdso(struct memory_vdso *vdso, struct restore_shared *shared, int32_t pid) {
  if (vdso->map_at == 0)
    return 0;
  long result = blob_syscall2(SYS_arch_prctl, vdso->request, vdso->map_at);
  if (result < 0)
    return memory_failed(shared, pid, RESTORE_RESOURCE_VDSO, result, vdso->map_at);
  /* The address is a wish to the kernel. msync(2) fails where something is not mapped. */
  result = blob_syscall3(SYS_msync, vdso->map_at, vdso->byte_count, MS_ASYNC);
  if (result < 0)
    return memory_failed(shared, pid, RESTORE_RESOURCE_VDSO, result, vdso->map_at);
  return 0;
}

static long memory_mark_vdso(struct memory_vdso *vdso, struct restore_shared *shared, int32_t pid) {
  uint64_t start = vdso->code.start;
  if (vdso->mark_count == 0)
    return 0;
  long result = blob_syscall3(SYS_mprotect, start, vdso->code.end - start, PROT_READ | PROT_WRITE);
  if (result < 0)
    return memory_failed(shared, pid, RESTORE_RESOURCE_VDSO, result, start);
  for (uint64_t i = 0; i < vdso->mark_count; i++)
    ((volatile uint64_t *)start)[i] = vdso->mark[i];
  result = blob_syscall3(SYS_mprotect, start, vdso->code.end - start, PROT_READ | PROT_EXEC);
  if (result < 0)
    return memory_failed(shared, pid, RESTORE_RESOURCE_VDSO, result, start);
  return 0;
}

static long memory_move_all(struct memory_move *moves, uint64_t count, struct restore_shared *shared, int32_t pid) {
  for (uint64_t i = 0; i < count; i++) {
    struct memory_move *move = &moves[i];
    long result = blob_syscall5(SYS_mremap, move->from, move->byte_count, move->byte_count,
                                MREMAP_MAYMOVE | MREMAP_FIXED, move->to);
    if (result < 0)
      return memory_failed(shared, pid, RESTORE_RESOURCE_MOVE_MAPPING, result, move->to);
  }
  return 0;
}

static long memory_map_all(struct restore_memory *memory, struct restore_shared *shared, int32_t pid) {
  for (uint64_t i = 0; i < memory->map_count; i++) {
    struct memory_map *map = &memory->maps[i];
    long result = blob_syscall6(SYS_mmap, (long)map->start, (long)map->byte_count, (long)map->protection,
                                (long)(map->flags | MAP_FIXED), -1, 0);
    if (result < 0)
      return memory_failed(shared, pid, RESTORE_RESOURCE_MAP, result, map->start);
  }
  return 0;
}

static long memory_finish(struct restore_memory *memory, struct restore_shared *shared, int32_t pid) {
  for (uint64_t i = 0; i < memory->protection_count; i++) {
    struct memory_protection *protection = &memory->protections[i];
    long result =
        blob_syscall3(SYS_mprotect, protection->start, protection->byte_count, protection->protection);
    if (result < 0)
      return memory_failed(shared, pid, RESTORE_RESOURCE_PROTECT, result, protection->start);
  }
  for (uint64_t i = 0; i < memory->advice_count; i++) {
    struct memory_advice *advice = &memory->advices[i];
    long result;
    if (advice->advice == MEMORY_ADVICE_LOCK)
      result = blob_syscall2(SYS_mlock, advice->start, advice->byte_count);
    else if (advice->advice == MEMORY_ADVICE_LOCK_ON_FAULT)
      result = blob_syscall3(SYS_mlock2, advice->start, advice->byte_count, MLOCK_ONFAULT);
    else
      result = blob_syscall3(SYS_madvise, advice->start, advice->byte_count, advice->advice);
    if (result < 0 && !advice->may_fail)
      return memory_failed(shared, pid, RESTORE_RESOURCE_ADVISE, result, advice->start);
  }
  return 0;
}

static long memory_set_layout(struct restore_memory *memory, struct restore_shared *shared, int32_t pid) {
  struct memory_layout *layout = &memory->layout;
  long result = blob_syscall5(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, layout, sizeof(*layout), 0);
  if (result < 0)
    return memory_failed(shared, pid, RESTORE_RESOURCE_MM, result, 0);
  if (layout->executable >= 0)
    blob_syscall1(SYS_close, layout->executable);
  return 0;
}

long memory_place(struct restore_memory *memory, struct restore_shared *shared, int32_t pid) {
  struct memory_vdso *vdso = &memory->vdso;
  if (memory_move_all(vdso->park, vdso->park_count, shared, pid) < 0 || memory_clear(memory, shared, pid) < 0 ||
      memory_make_vdso(vdso, shared, pid) < 0 || memory_mark_vdso(vdso, shared, pid) < 0 ||
      memory_move_all(vdso->place, vdso->place_count, shared, pid) < 0 ||
      memory_move_all(memory->moves, memory->move_count, shared, pid) < 0 || memory_map_all(memory, shared, pid) < 0)
    return -1;
  uint64_t arena = memory->arena.start;
  if (memory->arena.end > arena) {
    long result = blob_syscall2(SYS_munmap, arena, memory->arena.end - arena);
    if (result < 0)
      return memory_failed(shared, pid, RESTORE_RESOURCE_UNMAP, result, arena);
  }
  if (memory_finish(memory, shared, pid) < 0)
    return -1;
  return memory_set_layout(memory, shared, pid);
}

void memory_count(struct memory_counters *counters, uint64_t compared, uint64_t shared_with_parent, uint64_t restored) {
  __atomic_add_fetch(&counters->compared, compared, __ATOMIC_RELAXED);
  __atomic_add_fetch(&counters->shared_with_parent, shared_with_parent, __ATOMIC_RELAXED);
  __atomic_add_fetch(&counters->restored, restored, __ATOMIC_RELAXED);
}

BLOB_END
