/* glob.h -- shell patterns for names and paths, matched in time linear in the text.
 *
 * `*` any text, `?` one character, `[a-z]` `[!a-z]` a set, `{a,b}` alternatives, `\x` x itself.  With
 * CLNRM_GLOB_PATH the first three stop at `/`, and `**` crosses it: a leading or inner `**` + `/` is
 * any number of whole folders, none included.  A pattern matches the whole text.
 *
 * Ownership: clnrm_glob_open() hands out an object for clnrm_glob_close().  An object is used by one
 * thread at a time.  Layer: core. */
#ifndef CLNRM_GLOB_H
#define CLNRM_GLOB_H

#include "base/slice.h"

#define CLNRM_GLOB_PATTERN_MAX 4096u
#define CLNRM_GLOB_DEPTH_MAX 8 /* most braces within braces */

enum { CLNRM_GLOB_PATH = 1 };

struct clnrm_glob; /* opaque */

/* Compiles `pattern` into `*out`.  Returns 0; CLNRM_ELIMIT: too long or too deep; CLNRM_ESYNTAX: not a
 * pattern, then `*why` is a sentence and `*offset` its place. */
int clnrm_glob_open(struct clnrm_slice pattern, int flags, struct clnrm_glob **out,
                    const char **why, size_t *offset);

/* Tells whether the whole of `text` matches. */
bool clnrm_glob_test(struct clnrm_glob *g, struct clnrm_slice text);

/* Consumes `g` (may be NULL). */
void clnrm_glob_close(struct clnrm_glob *g);

#endif
