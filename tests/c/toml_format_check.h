/* toml_format_check.h -- what must hold for the printing of any text; asked by the test of
 * core/toml_format.h and by the fuzzer.  A text that breaks it ends the program with the claim. */
#ifndef TOML_FORMAT_CHECK_H
#define TOML_FORMAT_CHECK_H

#include "toml_check.h"

#include "core/toml_format.h"

static inline int toml_format_read(struct clnrm_toml_doc *doc, const char *text, size_t len)
{
    return clnrm_toml_parse(doc, text, len, &(struct clnrm_toml_options){.tokens = true});
}

/* Prints a text into `out`, with a NUL behind it.  Returns the status of the reading. */
static inline int toml_format_print(struct clnrm_toml_doc *doc, const char *text, size_t len,
                                    const struct clnrm_toml_layout *layout, struct clnrm_buf *out)
{
    int status = toml_format_read(doc, text, len);
    *out = (struct clnrm_buf){.max = 2 * (size_t)CLNRM_TOML_TEXT_MAX};
    int printed = clnrm_toml_format(doc, layout, out);
    TOML_CLAIM(status != 0 || printed == 0);
    clnrm_buf_add(out, "", 1);
    out->len--;
    return status;
}

/* The comments of a text, one after the other, without blanks at their ends. */
static inline void toml_format_comments(const struct clnrm_toml_doc *doc, struct clnrm_buf *out)
{
    for (uint32_t i = 0; i + 1 < doc->token_count; i++) {
        uint32_t from = doc->tokens[i].offset, to = doc->tokens[i + 1].offset;
        if (doc->tokens[i].kind != CLNRM_TOML_T_COMMENT)
            continue;
        while (doc->text[to - 1] == ' ' || doc->text[to - 1] == '\t')
            to--;
        clnrm_buf_add(out, doc->text + from, to - from);
        clnrm_buf_add(out, "\n", 1);
    }
}

static inline void toml_format_check_layout(const char *text, size_t len,
                                            const struct clnrm_toml_layout *layout)
{
    struct clnrm_toml_doc a = {0}, b = {0}, c = {0};
    struct clnrm_buf once, twice, before = {.max = TOML_CHECK_OUT_MAX}, after = before;
    if (toml_format_print(&a, text, len, layout, &once) == 0 && once.len <= CLNRM_TOML_TEXT_MAX) {
        TOML_CLAIM(toml_format_read(&b, once.data, once.len) == 0);
        TOML_CLAIM(toml_same(&a, 0, &b, 0)); /* by the tests' own comparison, too */
        TOML_CLAIM(clnrm_toml_same_values(&a, &b));
        TOML_CLAIM(clnrm_toml_same_tokens(&a, &b, false));
        toml_format_comments(&a, &before);
        toml_format_comments(&b, &after);
        TOML_CLAIM(before.len == after.len);
        TOML_CLAIM(before.len == 0 || memcmp(before.data, after.data, before.len) == 0);
        if (layout->to == 0) { /* else the lines of the second text are other ones */
            TOML_CLAIM(toml_format_print(&c, once.data, once.len, layout, &twice) == 0);
            TOML_CLAIM(twice.len == once.len && memcmp(twice.data, once.data, once.len) == 0);
            clnrm_buf_free(&twice);
        }
    }
    clnrm_buf_free(&once);
    clnrm_buf_free(&before);
    clnrm_buf_free(&after);
    clnrm_toml_free(&a);
    clnrm_toml_free(&b);
    clnrm_toml_free(&c);
}

/* Prints a text in several layouts and checks all of the above. */
static inline void toml_format_check(const char *data, size_t len)
{
    const struct clnrm_toml_layout layouts[] = {
        {.width = 100, .indent = 2},
        {.width = 1, .indent = 0},
        {.width = 24, .indent = 4, .align = true},
        {.width = 40, .indent = 2, .keep_lines = true},
        {.width = 40, .indent = 2, .from = (uint32_t)len / 3, .to = (uint32_t)len / 2 + 1},
    };
    char *text = clnrm_xmemdup(data, len); /* of exactly its size, so that ASan sees each overrun */
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
        toml_format_check_layout(text, len, &layouts[i]);
    free(text);
}

#endif
