/* letters.h -- upper and lower case, clusters and decomposition of Unicode text.
 *
 * Case is mapped in full: "ß" becomes "SS", and a capital sigma at the end of a word "ς".  It follows
 * no language.  A byte that is not UTF-8 stays as it is.
 * Threads: any.  Layer: core. */
#ifndef CLNRM_LETTERS_H
#define CLNRM_LETTERS_H

#include "base/buf.h"
#include "base/slice.h"

/* Appends `text` in upper case.  Returns 0, or CLNRM_ELIMIT when `out` is full. */
int clnrm_letters_upper(struct clnrm_slice text, struct clnrm_buf *out);

/* Appends `text` in lower case.  Returns 0, or CLNRM_ELIMIT when `out` is full. */
int clnrm_letters_lower(struct clnrm_slice text, struct clnrm_buf *out);

/* Appends the compatibility decomposition (NFKD) of each code point by itself, without the marks:
 * "é" becomes "e", "ﬁ" becomes "fi".  Returns 0, or CLNRM_ELIMIT when `out` is full. */
int clnrm_letters_bare(struct clnrm_slice text, struct clnrm_buf *out);

#endif
