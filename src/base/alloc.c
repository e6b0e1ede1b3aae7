/* alloc.c -- see alloc.h for the contract. */
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *p, size_t size)
{
    if (p || size == 0)
        return p;
    fprintf(stderr, "clnrm: out of memory (%zu bytes asked for)\n", size);
    abort();
}

void *clnrm_xmalloc(size_t size)
{
    return or_die(malloc(size ? size : 1), size);
}

void *clnrm_xcalloc(size_t size)
{
    return or_die(calloc(1, size ? size : 1), size);
}

void *clnrm_xrealloc(void *p, size_t size)
{
    return or_die(realloc(p, size ? size : 1), size);
}

char *clnrm_xmemdup(const void *p, size_t size)
{
    char *copy = clnrm_xmalloc(size + 1);
    if (size)
        memcpy(copy, p, size);
    copy[size] = '\0';
    return copy;
}

char *clnrm_xstrdup(const char *s)
{
    return clnrm_xmemdup(s, strlen(s));
}
