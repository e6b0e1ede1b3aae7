/* toml_brackets.h -- the arrays and inline tables of a TOML text, measured before they are printed.
 *
 * Private to the printer (core/toml_format.c).  Layer: core. */
#ifndef CLNRM_TOML_BRACKETS_H
#define CLNRM_TOML_BRACKETS_H

#include "core/toml.h"

/* One array or inline table. */
struct clnrm_toml_bracket {
    uint32_t open, close; /* numbers of its tokens */
    uint32_t head, tail;  /* columns in one line: all, or with a multi-line string inside up to the
                           * first line end and behind the last one */
    bool has_break;       /* a multi-line string is inside */
    bool is_split;        /* it must go over several lines */
    bool has_elements;
    bool has_tag; /* a comment that stands for a tag is between its elements */
};

/* Returns the brackets of a text without errors, in the order in which they open, and stores their
 * number; the caller frees them.  NULL when there are none.  `mark` is that of the layout. */
struct clnrm_toml_bracket *clnrm_toml_brackets(const struct clnrm_toml_doc *doc, bool keep_lines,
                                               struct clnrm_slice mark, uint32_t *count);

/* Tells whether the element of a split bracket that ends before token `at` gets a comma.  Where
 * tags are it does when it had one: what they become may bring its own, or be nothing. */
bool clnrm_toml_gets_comma(const struct clnrm_toml_doc *doc, const struct clnrm_toml_bracket *b,
                           uint32_t at, struct clnrm_slice mark);

/* Returns the columns of a piece of the text. */
uint32_t clnrm_toml_columns(const char *s, const char *end);

static inline const char *clnrm_toml_token_start(const struct clnrm_toml_doc *doc, uint32_t at)
{
    return doc->text + doc->tokens[at].offset;
}

#endif
