/* text.h -- text as a terminal shows it (columns, cutting, padding), edit distance, lines.
 *
 * A column is what a terminal gives a grapheme cluster: 0, 1 or 2.  Control characters have none; a
 * byte that is not UTF-8 has one, as the replacement character that is drawn for it.
 * Threads: any.  Layer: core. */
#ifndef CLNRM_TEXT_H
#define CLNRM_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

#define CLNRM_DISTANCE_MAX 255u /* most code points of a text whose distance is told */

/* Returns the columns of `text`. */
size_t clnrm_text_width(struct clnrm_slice text);

/* Appends `text`, cut to at most `width` columns without breaking a cluster.  Where something is left
 * out, at the end or in the middle, stands `mark`; when even the mark is too wide there is none.
 * Returns 0, or CLNRM_ELIMIT when `out` is full. */
int clnrm_text_cut(struct clnrm_slice text, size_t width, struct clnrm_slice mark, bool middle,
                   struct clnrm_buf *out);

/* Returns the bytes of the first `count` grapheme clusters of `text`; `text.len` when it has no more. */
size_t clnrm_text_clusters(struct clnrm_slice text, size_t count);

enum clnrm_align { CLNRM_ALIGN_LEFT, CLNRM_ALIGN_RIGHT, CLNRM_ALIGN_CENTER };

/* Appends `text` with spaces up to `width` columns; a wider text is added as it is.  Returns 0, or
 * CLNRM_ELIMIT when `out` is full. */
int clnrm_text_pad(struct clnrm_slice text, size_t width, enum clnrm_align align,
                   struct clnrm_buf *out);

/* Returns the Damerau-Levenshtein distance in code points (optimal string alignment: insert, delete,
 * replace, swap of neighbours), or `max` + 1 when it is greater or a text is longer than
 * CLNRM_DISTANCE_MAX. */
size_t clnrm_text_distance(struct clnrm_slice a, struct clnrm_slice b, size_t max);

/* Takes the next line off `*rest` into `*line`, without its newline.  Returns false at the end; a
 * last line needs no newline, and the empty text has no line. */
bool clnrm_text_line(struct clnrm_slice *rest, struct clnrm_slice *line);

#endif
