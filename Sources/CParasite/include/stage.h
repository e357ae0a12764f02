/* The barrier of a restore, for the blob and, through the engine's own copy, for Swift. */
#pragma once
#include "restorer.h"

/* Says that the caller ended `stage`, then waits until the engine opens a later one. 0, or -1 when the restore failed. */
long restore_stage_end(struct restore_shared *shared, uint32_t stage);

/* Records a failure, the first one wins, and wakes everybody. */
void restore_fail(struct restore_shared *shared, uint32_t stage, uint32_t resource, int32_t pid, int32_t error,
                  uint64_t item);
