/* packed.h -- texts that tools/pack.c has compressed, by LZ4.  Layer: core. */
#ifndef CLNRM_PACKED_H
#define CLNRM_PACKED_H

#include <stdbool.h>
#include <stddef.h>

struct clnrm_packed {
    const char *data; /* of LZ4 */
    size_t data_len;
    const char *known; /* what stands before it, as far as LZ4 is concerned */
    size_t known_len;
};

/* Writes the text to `to`; false when it does not have exactly `len` bytes, or is damaged. */
bool clnrm_packed_read(const struct clnrm_packed *p, char *to, size_t len);

#endif
