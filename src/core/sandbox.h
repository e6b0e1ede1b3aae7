/* sandbox.h -- a room as bytes: what is said to every agent of rooms that are alike, encoded once.
 *
 * Layer: core. */
#ifndef CLNRM_SANDBOX_H
#define CLNRM_SANDBOX_H

#include "base/guard.h"
#include "base/room.h"

#define CLNRM_SANDBOX_FILTERS_MAX 8u
#define CLNRM_SANDBOX_FRAMES_MAX (4u * 1024 * 1024)

/* Adds the ROOM frame of `spec` (NULL: of a room that others made, none), the FILTER frames of `count` programs, slots from 0 on, and the GUARD
 * frame of `guard`, when it is not NULL, to `out`.
 * Returns 0, or CLNRM_ELIMIT; then `out` is as it was. */
int clnrm_sandbox_encode(const struct clnrm_room_spec *spec, const struct clnrm_slice *filters,
                         unsigned count, const struct clnrm_guard_spec *guard,
                         struct clnrm_buf *out);

#endif
