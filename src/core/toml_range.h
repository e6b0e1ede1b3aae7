/* toml_range.h -- the lines of a text that are printed anew: where each statement ends, and which.
 *
 * Layer: core. */
#ifndef CLNRM_TOML_RANGE_H
#define CLNRM_TOML_RANGE_H

#include "core/toml_brackets.h"
#include "core/toml_format.h"

/* Returns the first token of the line behind the statement that begins at token `at`, before which
 * bracket number `next` does not close. */
uint32_t clnrm_toml_next_line(const struct clnrm_toml_doc *doc,
                              const struct clnrm_toml_bracket *brackets, uint32_t count,
                              uint32_t next, uint32_t at);

/* Tells whether the lines from token `from` to before token `to` overlap the range of the layout. */
bool clnrm_toml_is_in_range(const struct clnrm_toml_doc *doc,
                            const struct clnrm_toml_layout *layout, uint32_t from, uint32_t to);

/* Widens the range, which must not be empty, by the lines that share columns with lines in it: keys on
 * lines that follow each other.  Without them, they would be aligned to less than stands there. */
void clnrm_toml_widen(const struct clnrm_toml_doc *doc, const struct clnrm_toml_bracket *brackets,
                      uint32_t count, struct clnrm_toml_layout *layout);

#endif
