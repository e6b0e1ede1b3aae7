/* buf.h -- a growing run of bytes with a maximum.
 *
 * Ownership: whoever holds the struct frees it with clnrm_buf_free().  A zeroed struct with `max` set
 * is an empty buffer.  Layer: base. */
#ifndef CLNRM_BUF_H
#define CLNRM_BUF_H

#include <stddef.h>

struct clnrm_buf {
    char *data; /* not NUL-terminated; NULL while nothing was added */
    size_t len, cap;
    size_t max; /* most bytes it may hold */
};

/* Makes room for `more` bytes behind the last one.  Returns 0, or CLNRM_ELIMIT past `max`; then the
 * buffer is as it was. */
int clnrm_buf_reserve(struct clnrm_buf *b, size_t more);

/* Appends `len` bytes.  Returns 0, or CLNRM_ELIMIT past `max`; then nothing was added. */
int clnrm_buf_add(struct clnrm_buf *b, const void *data, size_t len);

/* Drops the first `len` bytes (at most all). */
void clnrm_buf_drop(struct clnrm_buf *b, size_t len);

/* Gives the memory back; the buffer is empty and usable again. */
void clnrm_buf_free(struct clnrm_buf *b);

#endif
