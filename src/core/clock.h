/* clock.h -- time: one that never goes back, the wall's, and its RFC 3339 text in UTC.
 *
 * All times are nanoseconds in int64_t; wall times count from 1970 and reach from 1677 to 2262.
 * Threads: any.  Layer: core. */
#ifndef CLNRM_CLOCK_H
#define CLNRM_CLOCK_H

#include <stdint.h>

#include "base/slice.h"

#define CLNRM_CLOCK_TEXT_MAX 36 /* most bytes of a formatted time, with a NUL */

/* Returns CLOCK_MONOTONIC: for durations and deadlines. */
int64_t clnrm_clock_now(void);

/* Returns CLOCK_REALTIME: for people and files only, it may jump. */
int64_t clnrm_clock_wall(void);

/* Returns the processor time that this thread has used. */
int64_t clnrm_clock_cpu(void);

/* Writes "2024-01-31T23:59:59.123Z" to `out`, with `digits` (0 to 9) of the second's fraction, the
 * rest cut off.  Returns the length. */
size_t clnrm_clock_format(int64_t wall_ns, int digits, char out[CLNRM_CLOCK_TEXT_MAX]);

/* Reads an RFC 3339 time: T or t or a space between, Z or z or an offset at the end, up to nine
 * digits of fraction (more are cut off); second 60 is the next minute's first.  Returns 0,
 * CLNRM_ESYNTAX: not such a text or no such day, or -ERANGE: beyond the years of int64_t. */
int clnrm_clock_parse(struct clnrm_slice text, int64_t *out);

#endif
