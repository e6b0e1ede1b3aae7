/* toml_range.c -- see toml_range.h. */
#include "core/toml_range.h"

#include "base/base.h"

uint32_t clnrm_toml_next_line(const struct clnrm_toml_doc *doc,
                              const struct clnrm_toml_bracket *brackets, uint32_t count,
                              uint32_t next, uint32_t at)
{
    for (;; at++) {
        const unsigned k = doc->tokens[at].kind;
        if (k == CLNRM_TOML_T_NEWLINE || k == CLNRM_TOML_T_END)
            return at + (k == CLNRM_TOML_T_NEWLINE);
        if (k != CLNRM_TOML_T_ARRAY && k != CLNRM_TOML_T_TABLE)
            continue;
        while (next < count && brackets[next].open < at)
            next++;
        at = brackets[next].close;
    }
}

bool clnrm_toml_is_in_range(const struct clnrm_toml_doc *doc,
                            const struct clnrm_toml_layout *layout, uint32_t from, uint32_t to)
{
    return layout->to == 0 ||
           (doc->tokens[from].offset < layout->to && doc->tokens[to].offset > layout->from);
}

void clnrm_toml_widen(const struct clnrm_toml_doc *doc, const struct clnrm_toml_bracket *brackets,
                      uint32_t count, struct clnrm_toml_layout *layout)
{
    const struct clnrm_toml_layout asked = *layout;
    uint32_t begin = 0,
             b = 0; /* where lines of keys begin that follow each other; the next bracket */
    bool is_touched = false; /* one of these is asked for */
    for (uint32_t from = doc->tokens[0].kind == CLNRM_TOML_T_BOM, to;; from = to) {
        uint32_t first = from;
        while (doc->tokens[first].kind == CLNRM_TOML_T_SPACE)
            first++;
        while (b < count && brackets[b].open < first)
            b++;
        const unsigned k = doc->tokens[first].kind;
        to = clnrm_toml_next_line(doc, brackets, count, b, first);
        if (k != CLNRM_TOML_T_KEY) {
            if (is_touched && doc->tokens[from].offset > layout->to)
                layout->to = doc->tokens[from].offset;
            begin = to;
            is_touched = false;
        } else if (clnrm_toml_is_in_range(doc, &asked, from, to)) {
            if (!is_touched && doc->tokens[begin].offset < layout->from)
                layout->from = doc->tokens[begin].offset;
            is_touched = true;
        }
        if (k == CLNRM_TOML_T_END)
            return;
    }
}
