/* encoding.h -- bytes as hexadecimal and as base64 (RFC 4648, with padding), both ways and strictly.
 *
 * Every function appends to `out`: 0, or CLNRM_ELIMIT when it is full.  Decoding what is not exactly
 * such a text is CLNRM_ESYNTAX.  Threads: any.  Layer: core. */
#ifndef CLNRM_ENCODING_H
#define CLNRM_ENCODING_H

#include "base/buf.h"
#include "base/slice.h"

/* Lower case; decoding takes both. */
int clnrm_hex_print(struct clnrm_slice bytes, struct clnrm_buf *out);
int clnrm_hex_parse(struct clnrm_slice text, struct clnrm_buf *out);

/* No line breaks; decoding takes none, and refuses bits behind the last byte that are not zero. */
int clnrm_base64_print(struct clnrm_slice bytes, struct clnrm_buf *out);
int clnrm_base64_parse(struct clnrm_slice text, struct clnrm_buf *out);

#endif
