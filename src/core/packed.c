/* packed.c -- see packed.h for the contract. */
#include "core/packed.h"

#include <limits.h>
#include <lz4.h>

bool clnrm_packed_read(const struct clnrm_packed *p, char *to, size_t len)
{
    if (p->data_len > INT_MAX || p->known_len > INT_MAX || len > INT_MAX)
        return false;
    return LZ4_decompress_safe_usingDict(p->data, to, (int)p->data_len, (int)len, p->known,
                                         (int)p->known_len) == (int)len;
}
