/* small.c -- see small.h for the contract. */
#include "base/small.h"

#include <sys/mman.h>

enum { PAGE = 256 << 10 }; /* bytes that the kernel gives at once, not by one fault for each 4 kB */

void *clnrm_small_cut(struct clnrm_small *s, size_t size)
{
    size_t length = clnrm_small_class(size) * CLNRM_SMALL_UNIT;
    if ((size_t)(s->end - s->next) < length) {
        char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (page == MAP_FAILED)
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
