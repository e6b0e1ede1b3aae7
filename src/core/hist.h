/* hist.h -- a histogram of times or sizes whose percentiles are right within a stated error.
 *
 * Log-linear: each power of two is split into 128 equal buckets.  A percentile is told as the middle
 * of its bucket, never outside the smallest and greatest value recorded, so it is off by less than
 * 1/256 (0.4 %) of the value that stands there; values below 256 are exact.  Count, least, greatest
 * and mean are exact (the mean to a double).  Memory: 57 KB, allocated in rows as values come.
 * Ownership: clnrm_hist_open() hands out an object for clnrm_hist_close().  Layer: core. */
#ifndef CLNRM_HIST_H
#define CLNRM_HIST_H

#include <stdint.h>

struct clnrm_hist; /* opaque */

struct clnrm_hist *clnrm_hist_open(void);

/* Consumes `h` (may be NULL). */
void clnrm_hist_close(struct clnrm_hist *h);

/* Counts `value` (negative ones count as 0) `times` times. */
void clnrm_hist_record(struct clnrm_hist *h, int64_t value, uint64_t times);

/* Adds all that `from` has recorded. */
void clnrm_hist_merge(struct clnrm_hist *h, const struct clnrm_hist *from);

/* Forgets everything. */
void clnrm_hist_reset(struct clnrm_hist *h);

/* All are 0 while nothing was recorded. */
uint64_t clnrm_hist_count(const struct clnrm_hist *h);
int64_t clnrm_hist_min(const struct clnrm_hist *h);
int64_t clnrm_hist_max(const struct clnrm_hist *h);
double clnrm_hist_mean(const struct clnrm_hist *h);

/* The value that `percent` (0 to 100) of the values do not exceed: 0 the least, 100 the greatest. */
int64_t clnrm_hist_percentile(const struct clnrm_hist *h, double percent);

#endif
