/* lru.h -- keeps the values used last, bounded by count, bytes and age; counts hits and misses.
 *
 * Keys are bytes, values are the caller's pointers.  Whatever leaves (put out, replaced, deleted, too
 * old, at the close) goes through the drop function, exactly once.
 * Ownership: clnrm_lru_open() hands out an object for clnrm_lru_close().  Threads: one at a time.
 * Layer: core. */
#ifndef CLNRM_LRU_H
#define CLNRM_LRU_H

#include <stdint.h>

#include "base/slice.h"

struct clnrm_lru; /* opaque */

struct clnrm_lru_limits {
    size_t count_max, bytes_max; /* 0: no value fits */
    int64_t ttl_ns;              /* age at which a value is no longer found; 0: none */
};

struct clnrm_lru_stats {
    uint64_t hits, misses, evictions; /* evictions: put out by a limit; expiries count as misses */
    size_t count, bytes;
};

/* Takes a value that leaves the cache.  May not call the cache. */
typedef void clnrm_lru_drop_cb(void *data, void *value);

struct clnrm_lru *clnrm_lru_open(const struct clnrm_lru_limits *limits, clnrm_lru_drop_cb *drop,
                                 void *data);

/* Returns the value of `key` and makes it the youngest, or NULL.  `now_ns` is any clock that does not
 * go back. */
void *clnrm_lru_get(struct clnrm_lru *c, struct clnrm_slice key, int64_t now_ns);

/* Stores `value` (not NULL), which counts as `bytes`, and puts out the oldest ones to make room.
 * Returns 0, or CLNRM_ELIMIT when it alone is over a limit: the value is still the caller's, and
 * what stood under the key is gone. */
int clnrm_lru_put(struct clnrm_lru *c, struct clnrm_slice key, void *value, size_t bytes,
                  int64_t now_ns);

/* Drops the value of `key`; tells whether there was one. */
bool clnrm_lru_del(struct clnrm_lru *c, struct clnrm_slice key);

/* Drops all values; the counters stay. */
void clnrm_lru_clear(struct clnrm_lru *c);

struct clnrm_lru_stats clnrm_lru_stats(const struct clnrm_lru *c);

/* Drops all values and consumes `c` (may be NULL). */
void clnrm_lru_close(struct clnrm_lru *c);

#endif
