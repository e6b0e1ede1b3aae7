/* buf.c -- see buf.h for the contract. */
#include "base/buf.h"
#include "base/alloc.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

int clnrm_buf_reserve(struct clnrm_buf *b, size_t more)
{
    if (more > b->max || b->len > b->max - more)
        return CLNRM_ELIMIT;
    size_t need = b->len + more;
    if (need <= b->cap)
        return 0;
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < need)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    b->data = clnrm_xrealloc(b->data, cap);
    b->cap = cap;
    return 0;
}

int clnrm_buf_add(struct clnrm_buf *b, const void *data, size_t len)
{
    int status = clnrm_buf_reserve(b, len);
    if (status == 0 && len > 0) {
        memcpy(b->data + b->len, data, len);
        b->len += len;
    }
    return status;
}

void clnrm_buf_drop(struct clnrm_buf *b, size_t len)
{
    if (len >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
}

void clnrm_buf_free(struct clnrm_buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
}
