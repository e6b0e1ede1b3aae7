/* alloc.h -- memory that is always there: a failed allocation ends the program.
 *
 * A tool that cannot get a few kilobytes cannot report anything either; aborting removes a class of
 * branches that nobody can test.  Everything that grows has a maximum of its own (buf.h, arena.h),
 * so no input can bring an allocation of its choice.  Memory is given back with free().
 * Threads: any.  Layer: base. */
#ifndef CLNRM_ALLOC_H
#define CLNRM_ALLOC_H

#include <stddef.h>

/* Returns `size` bytes, uninitialised.  Aborts when there are none. */
void *clnrm_xmalloc(size_t size);

/* Returns `size` zeroed bytes.  Aborts when there are none. */
void *clnrm_xcalloc(size_t size);

/* Resizes `p` (may be NULL) to `size` bytes and returns its new place.  Aborts when it cannot. */
void *clnrm_xrealloc(void *p, size_t size);

/* Returns a copy of `size` bytes at `p`, with a NUL behind them. */
char *clnrm_xmemdup(const void *p, size_t size);

/* Returns a copy of the NUL-terminated `s`. */
char *clnrm_xstrdup(const char *s);

#endif
