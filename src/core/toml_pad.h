/* toml_pad.h -- columns that lines of a printed text share: equals signs and comments.
 *
 * Private to the printer (core/toml_format.c).  A mark says where in the output blanks may be put in
 * so that what follows stands below the like of the line before; a block of lines is padded at once.
 * Layer: core. */
#ifndef CLNRM_TOML_PAD_H
#define CLNRM_TOML_PAD_H

#include "base/base.h"

struct clnrm_toml_mark {
    size_t at;        /* offset in the output */
    uint32_t line;    /* number of the line, from anywhere */
    uint32_t columns; /* of the line before the mark */
    uint32_t pad;
    bool is_comment;
};

struct clnrm_toml_marks {
    struct clnrm_toml_mark *list;
    uint32_t count, cap;
    uint32_t width; /* lines wider than this have no say, and no blanks */
};

void clnrm_toml_mark(struct clnrm_toml_marks *marks, struct clnrm_toml_mark mark);

/* Puts the blanks into `out` and forgets the marks.  Returns 0, or CLNRM_ELIMIT when it is full. */
int clnrm_toml_pad(struct clnrm_toml_marks *marks, struct clnrm_buf *out);

#endif
