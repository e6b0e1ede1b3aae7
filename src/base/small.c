/* small.c -- see small.h for the contract. */
#include "base/small.h"
#include "base/base.h"

enum { PAGE = 32 << 10 };

void *clnrm_small_cut(struct clnrm_small *s, size_t size)
{
    size_t length = clnrm_small_class(size) * CLNRM_SMALL_UNIT;
    if ((size_t)(s->end - s->next) < length) {
        char *page = malloc(PAGE);
        if (!page)
            return NULL;
        if (s->next != s->end) /* what is left is a smaller block */
            clnrm_small_give(s, s->next, (size_t)(s->end - s->next));
        s->next = page;
        s->end = page + PAGE;
    }
    void *block = s->next;
    s->next += length;
    return block;
}
