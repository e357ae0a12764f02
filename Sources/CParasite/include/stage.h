/* The barrier of a restore, for the blob and, through the engine's own copy, for Swift. */
#pragma once
#include "restorer.h"

/* Says that the caller ended `stage`, then waits until the engine opens a later one. 0, or -1 when the restore failed. */
long restore_stage_end(struct restore_shared *shared, uint32_t stage);

/* Waits until the engine opened `stage` or a later one, outside the barriers. 0, or -1 when the restore failed. */
long restore_stage_wait(struct restore_shared *shared, uint32_t stage);

/* Records a failure, the first one wins, and wakes everybody. */
void restore_fail(struct restore_shared *shared, uint32_t stage, uint32_t resource, int32_t pid, int32_t error,
                  uint64_t item);

/* The same with texts of the engine: `bytes` as restore_failure.text has them. */
void restore_fail_text(struct restore_shared *shared, uint32_t stage, int32_t pid, int32_t error, const uint8_t *bytes,
                       uint32_t byte_count);

/* Sequentially consistent, since Swift has no atomics on memory that C laid out. */
uint32_t restore_load(const uint32_t *word);
void restore_store(uint32_t *word, uint32_t value);
