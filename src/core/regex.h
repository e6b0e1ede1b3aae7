/* regex.h -- PCRE2 patterns whose matching always ends: bounded in time, memory and sizes.
 *
 * Every pattern is compiled with automatic callouts and then by the JIT: PCRE2 calls back before each
 * item of the pattern, and there the clock is looked at, so that no pattern can run away.  Its own
 * match limit cannot do this: one counted step may scan the whole subject (docs/decisions.md).
 * Patterns are UTF-8; a subject need not be (bytes that are not match nothing, not even `.`).
 *
 * Ownership: clnrm_regex_open() hands out one reference for clnrm_regex_close(); compiled patterns
 * are shared through a cache.  A scan borrows pattern and subject.
 * Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_REGEX_H
#define CLNRM_REGEX_H

#include <stdint.h>

#include "base/slice.h"
#include "core/lru.h"

#define CLNRM_REGEX_PATTERN_MAX (64u * 1024u)
#define CLNRM_REGEX_REPEAT_MAX 1000u /* most in {n,m} */
#define CLNRM_REGEX_SUBJECT_MAX ((size_t)64 << 20)
#define CLNRM_REGEX_BUDGET_MS 400 /* default of a scan, and for each MB of its subject: */
#define CLNRM_REGEX_BUDGET_MS_PER_MB 20
#define CLNRM_REGEX_BUDGET_MS_MAX 60000

enum {
    CLNRM_REGEX_CASELESS = 1,
    CLNRM_REGEX_MULTILINE = 2, /* ^ and $ match at every line */
    CLNRM_REGEX_DOTALL = 4,    /* . matches newline too */
    CLNRM_REGEX_EXTENDED = 8,  /* white space and # comments in the pattern */
    CLNRM_REGEX_NO_JIT = 16,   /* interpret: slower, to compare */
};

struct clnrm_regex; /* opaque */

struct clnrm_regex_error {
    size_t offset; /* in the pattern */
    char why[160];
};

/* Compiles `pattern`, or finds it in the cache.  Returns 0, CLNRM_EREGEX or CLNRM_ELIMIT; then `*err`
 * says why and where. */
int clnrm_regex_open(struct clnrm_slice pattern, int flags, struct clnrm_regex **out,
                     struct clnrm_regex_error *err);

/* Refuses a repeat of more than CLNRM_REGEX_REPEAT_MAX (CLNRM_ELIMIT) and \G (CLNRM_EREGEX).  A help
 * against mistakes: comments of extended patterns are not told apart.  clnrm_regex_open() calls it. */
int clnrm_regex_check(struct clnrm_slice pattern, struct clnrm_regex_error *err);

/* Gives one reference back; NULL is allowed. */
void clnrm_regex_close(struct clnrm_regex *re);

/* Number of capture groups. */
unsigned clnrm_regex_groups(const struct clnrm_regex *re);

/* Whether it may be found in the empty text; false: certainly not. */
bool clnrm_regex_may_be_empty(const struct clnrm_regex *re);

/* Number of named groups (each name of each group), and one of them, by 0-based index. */
unsigned clnrm_regex_names(const struct clnrm_regex *re);
struct clnrm_slice clnrm_regex_name(const struct clnrm_regex *re, unsigned index, unsigned *group);

/* Counters of the cache of compiled patterns. */
struct clnrm_lru_stats clnrm_regex_cache(void);

/* Goes through the matches of one subject, from left to right, not overlapping.  An empty match
 * directly behind the match before it is not reported. */
struct clnrm_regex_scan {
    struct clnrm_regex *re;
    struct clnrm_slice subject;
    int64_t budget_ns, spent_ns, cpu_start_ns;
    size_t at, last_end;
    bool is_valid_utf8, is_done;
};

/* Begins at byte `start` of the subject; `budget_ms` 0 is the default.  Returns 0, or CLNRM_ELIMIT: the
 * subject is too long. */
int clnrm_regex_begin(struct clnrm_regex_scan *scan, struct clnrm_regex *re,
                      struct clnrm_slice subject, size_t start, int64_t budget_ms);

/* Returns 1: found, `*spans` are 2 * (groups + 1) offsets, start and end of the match and of each group
 * (SIZE_MAX: not set), valid until the next call with this pattern; 0: no more; CLNRM_EBUDGET: time
 * or memory is spent; a negative code of PCRE2's otherwise, which is a bug of ours. */
int clnrm_regex_next(struct clnrm_regex_scan *scan, const size_t **spans);

#endif
