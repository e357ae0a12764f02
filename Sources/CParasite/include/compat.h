/*
 * What the kernel keeps apart for 32-bit code, and tells or takes only by the calls of such code (int $0x80): the list
 * of robust futexes, and signal actions, whose frames have another form then. 64-bit code may make these calls too, with
 * addresses below 4 GiB.
 */
#pragma once
#include "state.h"

/* get_robust_list(2) of the calling thread, whose stack is below 4 GiB. 0 or -errno. */
long compat_get_robust_list(uint64_t *list, uint64_t *byte_count);

/* set_robust_list(2). */
long compat_set_robust_list(uint64_t list, uint64_t byte_count);

/* rt_sigaction(2). `scratch`: where no page below 4 GiB is mapped; one is there meanwhile. */
long compat_set_sigaction(uint32_t signal, const struct state_sigaction *action, uint64_t scratch);
