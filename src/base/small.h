/* small.h -- small blocks of memory, whose owner knows their sizes.
 *
 * A list of free blocks for each size, rounded up to 16 bytes, and pages that new ones are cut from:
 * no header, no search, nothing is joined.  A block that was given back serves for others of its size;
 * to the system nothing goes back before the process ends.  Threads: one at a time.  Layer: base. */
#ifndef CLNRM_SMALL_H
#define CLNRM_SMALL_H

#include <stdbool.h>
#include <stddef.h>

#define CLNRM_SMALL_MAX 512 /* bytes of the largest block that is small */
#define CLNRM_SMALL_UNIT 16

struct clnrm_small { /* zeroed: empty */
    struct clnrm_small_free {
        struct clnrm_small_free *next;
    } * freed[CLNRM_SMALL_MAX / CLNRM_SMALL_UNIT + 1];
    char *next, *end; /* what is left of the last page */
};

/* Cuts a block from a page; the way of clnrm_small_take() when none of its size is free. */
void *clnrm_small_cut(struct clnrm_small *s, size_t size);

static inline size_t clnrm_small_class(size_t size)
{
    return (size + CLNRM_SMALL_UNIT - 1) / CLNRM_SMALL_UNIT;
}

/* Returns a block of `size` bytes, 1 to CLNRM_SMALL_MAX, aligned to 16; NULL: there is no memory. */
static inline void *clnrm_small_take(struct clnrm_small *s, size_t size)
{
    struct clnrm_small_free **list = &s->freed[clnrm_small_class(size)];
    struct clnrm_small_free *block = *list;
    if (!block)
        return clnrm_small_cut(s, size);
    *list = block->next;
    return block;
}

/* Takes a block back; `size` is what was asked for, or is of the same class. */
static inline void clnrm_small_give(struct clnrm_small *s, void *block, size_t size)
{
    struct clnrm_small_free **list = &s->freed[clnrm_small_class(size)];
    struct clnrm_small_free *given = block;
    given->next = *list;
    *list = given;
}

#endif
