/* spool.h -- keeps what a stream carried: all of it up to a cap, then its head and its tail.
 *
 * Small streams stay in memory; past CLNRM_SPOOL_MEMORY bytes they move to an unnamed file, so that a
 * gigabyte of output costs neither memory nor more disk than the cap.  The first half of the cap
 * holds the head, the second half is a ring that holds the tail.  Every byte is counted.
 *
 * A file that cannot be written (a full disk) is not an error of the stream's writer: the spool
 * remembers the status, goes on counting, and gives no more text out (clnrm_spool_read fails), so
 * nobody can take a part for the whole.
 *
 * Ownership: the holder of the struct calls clnrm_spool_free().  Threads: one at a time.
 * Layer: core. */
#ifndef CLNRM_SPOOL_H
#define CLNRM_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

#define CLNRM_SPOOL_MEMORY (64u * 1024u) /* bytes kept in memory before a file is made */
#define CLNRM_SPOOL_CAP_DEFAULT (UINT64_C(64) * 1024 * 1024)
#define CLNRM_SPOOL_CAP_MIN 2u
#define CLNRM_SPOOL_CAP_MAX (UINT64_C(1) << 40)

struct clnrm_spool {
    uint64_t cap;   /* most bytes kept */
    uint64_t total; /* bytes that came */
    struct clnrm_buf memory;
    int fd;     /* -1 while all is in memory */
    int status; /* first failure to keep bytes, or 0 */
};

/* Makes `s` empty.  `cap` is brought between CLNRM_SPOOL_CAP_MIN and _MAX. */
void clnrm_spool_init(struct clnrm_spool *s, uint64_t cap);

/* Takes `len` bytes of the stream.  Never fails: see `status`. */
void clnrm_spool_add(struct clnrm_spool *s, const void *data, size_t len);

/* Returns how many bytes lie between the head and the tail and are gone; 0: all is there. */
uint64_t clnrm_spool_cut(const struct clnrm_spool *s);

/* Stores the gap of the stream: bytes from `*start` on, up to `*end`, are gone (equal: none). */
void clnrm_spool_gap(const struct clnrm_spool *s, uint64_t *start, uint64_t *end);

/* Copies at most `len` bytes from `offset` of the stream to `to`: not past the gap when `offset` lies
 * before it.  Returns how many, 0 at the end, -ENODATA when `offset` lies in the gap, or why bytes
 * are missing. */
ssize_t clnrm_spool_read(const struct clnrm_spool *s, uint64_t offset, void *to, size_t len);

/* Gives file and memory back; the spool is empty and usable again. */
void clnrm_spool_free(struct clnrm_spool *s);

#endif
