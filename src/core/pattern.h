/* pattern.h -- what a search with a pattern of Lua costs, before Lua itself does it.
 *
 * Lua's matcher cannot be interrupted, and patterns with several repeats may take longer than
 * anybody waits.  This walks the same way with the same backtracking, remembers no text, and stops
 * when the budget is spent.  Threads: any.  Layer: core. */
#ifndef CLNRM_PATTERN_H
#define CLNRM_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clnrm_pattern_search {
    const char *subject, *pattern; /* NUL-terminated, as Lua's strings are */
    size_t subject_len, pattern_len;
    size_t start;     /* in the subject, from 0 */
    uint64_t matches; /* the search ends after so many */
    bool is_anchored; /* does `^` at the beginning mean the beginning?  Not in gmatch */
};

/* Returns an upper bound that is quick to find; UINT64_MAX when it is very large. */
uint64_t clnrm_pattern_bound(const struct clnrm_pattern_search *search);

/* Returns the steps of the search, or a number larger than `budget` once that is spent.  A pattern
 * that Lua refuses costs what is done until then. */
uint64_t clnrm_pattern_cost(const struct clnrm_pattern_search *search, uint64_t budget);

#endif
