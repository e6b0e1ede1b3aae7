/* utf8.h -- decodes, encodes and checks UTF-8, strictly: no overlong forms, surrogates or > U+10FFFF.
 *
 * Threads: any.  Layer: core. */
#ifndef CLNRM_UTF8_H
#define CLNRM_UTF8_H

#include <stdint.h>

#include "base/slice.h"

#define CLNRM_UTF8_MAX 4 /* most bytes of one code point */

/* Decodes the code point at `data` into `*out`.  Returns its length (1 to 4), or 0 when there is none
 * (`len` is 0, or the first byte begins nothing valid); then `*out` is untouched. */
int clnrm_utf8_next(const char *data, size_t len, uint32_t *out);

/* Writes `cp` (a valid code point) to `out`.  Returns the number of bytes. */
int clnrm_utf8_put(uint32_t cp, char out[CLNRM_UTF8_MAX]);

/* Returns the offset of the first byte that is not part of valid UTF-8; `text.len` when all is. */
size_t clnrm_utf8_check(struct clnrm_slice text);

/* Returns how many of the first bytes are ASCII. */
size_t clnrm_utf8_ascii(struct clnrm_slice text);

/* Tells the line and the column (both from 1; columns count code points, a bad byte counts as one)
 * of the byte at `offset`, or of the end. */
void clnrm_utf8_position(struct clnrm_slice text, size_t offset, size_t *line, size_t *column);

#endif
