/* toml_format.h -- prints a TOML text anew from its tokens; tells whether two texts say the same.
 *
 * Mechanism only: which files, what is shown and written is lua/engine/fmt.  The printer works on
 * the flat array of tokens that the reader made, so it accepts exactly the texts that a run does.
 * Only blanks, line ends and commas before a closing bracket are ever added or dropped; everything
 * else is copied byte for byte, in its order (blanks at the end of a comment are dropped).
 *
 * What is printed is the same when it is printed again: each choice depends on tokens, and on line
 * ends that the printer itself keeps.  Time and memory are linear in the text.
 * Threads: any.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_TOML_FORMAT_H
#define CLNRM_TOML_FORMAT_H

#include "core/toml.h"

#define CLNRM_TOML_WIDTH_MAX 1000u
#define CLNRM_TOML_INDENT_MAX 16u

struct clnrm_toml_layout {
    uint32_t width;  /* columns that an array may fill on its line */
    uint32_t indent; /* blanks of each level of brackets */
    bool align;      /* equals signs and comments of lines that follow each other */
    bool keep_lines; /* an array over several lines is never joined: there are tags in the text */
    struct clnrm_slice mark; /* a comment or a string that begins with it stands for a tag of a
                              * template, which may become nothing, or elements with their commas:
                              * where one is, no comma is put that was not there; may be empty */
    uint32_t from, to; /* offsets: only statements that overlap [from, to) are printed anew, the
                        * others are copied; to = 0: all are printed */
};

/* Appends the text of `doc`, which was read with tokens, to `out`.  Errors of meaning (keys and
 * tables given twice) do not matter.  Returns 0; CLNRM_ESYNTAX when `doc` has other errors or no
 * tokens; CLNRM_ELIMIT when `out` is full. */
int clnrm_toml_format(const struct clnrm_toml_doc *doc, const struct clnrm_toml_layout *layout,
                      struct clnrm_buf *out);

/* Tells whether two trees hold the same keys, types and values, in the same order. */
bool clnrm_toml_same_values(const struct clnrm_toml_doc *a, const struct clnrm_toml_doc *b);

/* Tells whether two texts, both read with tokens, are made of the same tokens, blanks, line ends
 * and commas before closing brackets aside; other commas count with `commas`. */
bool clnrm_toml_same_tokens(const struct clnrm_toml_doc *a, const struct clnrm_toml_doc *b,
                            bool commas);

#endif
