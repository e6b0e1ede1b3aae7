/* mask.h -- finds many texts in one pass, also with what encoders put between their bytes.
 *
 * A pattern is of a kind, which says what a text may have between two bytes of it: nothing; the line
 * ends that base64 is wrapped at; what stands between the digits of hexadecimal ("68:75", "\x68\x75").
 * The case of letters of ASCII matters in base64 alone.  What is found is replaced; matches that overlap
 * or touch are replaced as one.
 *
 * Ownership: clnrm_mask_open() hands out an object for clnrm_mask_close().  An object does not change
 * once all patterns are added, and may be used by several threads then.  Layer: core. */
#ifndef CLNRM_MASK_H
#define CLNRM_MASK_H

#include "base/buf.h"
#include "base/slice.h"

#define CLNRM_MASK_PATTERN_MIN 4u /* bytes: by so many each is looked up */
#define CLNRM_MASK_BYTES_MAX ((size_t)64 << 20)

enum clnrm_mask_kind { CLNRM_MASK_PLAIN, CLNRM_MASK_BASE64, CLNRM_MASK_HEX, CLNRM_MASK_KINDS };

struct clnrm_mask; /* opaque */

struct clnrm_mask *clnrm_mask_open(void);

/* Adds a pattern; a second time it changes nothing.  Returns 0; -EINVAL: it is too short, or holds a
 * byte that its kind passes over; CLNRM_ELIMIT: all of them would be longer than BYTES_MAX. */
int clnrm_mask_add(struct clnrm_mask *m, enum clnrm_mask_kind kind, struct clnrm_slice pattern);

/* Appends `text` to `out`, each match replaced by `with`, or, when `with.data` is NULL, each byte of it
 * but line ends by a star.  Returns how many were replaced, or CLNRM_ELIMIT of `out`.  When it is none,
 * nothing was written. */
int clnrm_mask_apply(const struct clnrm_mask *m, struct clnrm_slice text, struct clnrm_slice with,
                     struct clnrm_buf *out);

/* Returns how many bytes at the end of `text` are the beginning of a plain pattern, and not all of it:
 * the most, and PATTERN_MIN at least; 0 for none.  The text was cut there, or goes on. */
size_t clnrm_mask_open_end(const struct clnrm_mask *m, struct clnrm_slice text);

/* Consumes `m` (may be NULL). */
void clnrm_mask_close(struct clnrm_mask *m);

#endif
