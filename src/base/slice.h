/* slice.h -- a view of bytes that somebody else owns; may hold NULs, has none at its end.
 *
 * Layer: base. */
#ifndef CLNRM_SLICE_H
#define CLNRM_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct clnrm_slice {
    const char *data;
    size_t len;
};

/* A slice of a string literal or of any NUL-terminated text. */
static inline struct clnrm_slice clnrm_slice_of(const char *s)
{
    return (struct clnrm_slice){s, strlen(s)};
}

static inline bool clnrm_slice_equal(struct clnrm_slice a, struct clnrm_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
