/* words.h -- which of many words a text holds, in one pass.
 *
 * A word is any bytes, and stands anywhere, also in a longer word.  ASCII letters of both cases are
 * one letter.
 *
 * Ownership: clnrm_words_open() hands out an object for clnrm_words_close().  It does not change, and
 * may be used by several threads.  Layer: core. */
#ifndef CLNRM_WORDS_H
#define CLNRM_WORDS_H

#include <stdint.h>

#include "base/slice.h"

#define CLNRM_WORDS_MAX 4096u
#define CLNRM_WORDS_BYTES_MAX 16384u /* of all words together */

struct clnrm_words; /* opaque */

/* Takes `count` words into `*out`.  Returns 0; -EINVAL: one is empty, or is there twice;
 * CLNRM_ELIMIT: they are too many or too long. */
int clnrm_words_open(const struct clnrm_slice *words, size_t count, struct clnrm_words **out);

/* Writes the indices of the words that `text` holds, each once, in the order in which the first of
 * each ends; `found` has room for all of them.  Returns how many. */
size_t clnrm_words_find(const struct clnrm_words *w, struct clnrm_slice text, uint16_t *found);

/* Consumes `w` (may be NULL). */
void clnrm_words_close(struct clnrm_words *w);

#endif
