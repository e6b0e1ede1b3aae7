/* tags.h -- cuts a template into its tags and the text between them, and finds tags that repeat.
 *
 * A tag begins with "{{", "{%" or "{#" and ends with "}}", "%}" or "#}".  In the first two, what
 * stands in quotes (", ' or `) ends nothing; a "{% raw %}" reaches up to the end of its
 * "{% endraw %}".  Nothing else is known of what tags mean: that is lua/engine/template.
 *
 * Pure; allocates nothing.  Layer: core. */
#ifndef CLNRM_TAGS_H
#define CLNRM_TAGS_H

#include "base/slice.h"

#include <stdint.h>

#define CLNRM_TAGS_PERIOD_MAX 32u /* tags that are repeated together */
#define CLNRM_TAGS_COUNT_MIN 3u   /* times that they stand there, at least */

struct clnrm_tag {
    size_t at;       /* offset of its "{" */
    size_t size;     /* without an end: up to the end of the text */
    size_t gap;      /* bytes behind it up to the next tag, or the end of the text */
    uint32_t period; /* the same `period` tags begin here `count` times in a row; 0: they do not */
    uint32_t count;
};

/* Cuts `text` from offset `from` (at most its length) into at most `max` tags; tells in `lead` how
 * many bytes stand before the first, or, without one, up to the end.  Returns how many tags there
 * are.  When it is `max`, more may follow the gap of the last one. */
size_t clnrm_tags_cut(struct clnrm_slice text, size_t from, struct clnrm_tag *tags, size_t max,
                      size_t *lead);

/* Finds what repeats among `count` tags: they are the same when their bytes are and all or
 * none of them have a text behind them, the one at the end of `text` apart.  Of several periods the
 * one that reaches farthest counts. */
void clnrm_tags_repeat(struct clnrm_slice text, struct clnrm_tag *tags, size_t count);

#endif
