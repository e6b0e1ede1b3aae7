/* toml_error.c -- records what is wrong with a TOML text, and what it is made of. */
#include "core/toml_lex.h"

#include <stdarg.h>
#include <stdio.h>

enum { TOKENS_MIN = 64, TOKEN_OFFSET_MAX = (1 << 26) - 1, TOKEN_KIND_MAX = (1 << 6) - 1 };

_Static_assert(CLNRM_TOML_TEXT_MAX <= TOKEN_OFFSET_MAX, "token.offset holds every offset");

enum {
    KEY = CLNRM_TOML_C_KEY,
    LETTER = CLNRM_TOML_C_KEY | CLNRM_TOML_C_LETTER,
    DIGIT = CLNRM_TOML_C_KEY | CLNRM_TOML_C_DIGIT,
    SPACE = CLNRM_TOML_C_SPACE | CLNRM_TOML_C_STOP,
    STOP = CLNRM_TOML_C_STOP,
};
#define TWO(c, x) [c] = (x), [(c) + 1] = (x)
#define TEN(c, x) TWO(c, x), TWO((c) + 2, x), TWO((c) + 4, x), TWO((c) + 6, x), TWO((c) + 8, x)
#define ALPHABET(c, x)                                                                             \
    TEN(c, x), TEN((c) + 10, x), TWO((c) + 20, x), TWO((c) + 22, x), TWO((c) + 24, x)
const uint8_t clnrm_toml_class[256] = {
    ['\0'] = STOP, ['\n'] = STOP,   ['\r'] = STOP,         ['#'] = STOP,          [','] = STOP,
    [']'] = STOP,  ['}'] = STOP,    ['\t'] = SPACE,        [' '] = SPACE,         ['-'] = KEY,
    ['_'] = KEY,   TEN('0', DIGIT), ALPHABET('A', LETTER), ALPHABET('a', LETTER),
};

bool clnrm_toml_is_semantic(enum clnrm_toml_code code)
{
    return code >= CLNRM_TOML_E_DUPLICATE && code <= CLNRM_TOML_E_KIND_CHANGED;
}

struct clnrm_toml_error *clnrm_toml_fail(struct clnrm_toml_reader *r, enum clnrm_toml_code code,
                                         const char *from, const char *to, const char *help,
                                         const char *fmt, ...)
{
    struct clnrm_toml_doc *doc = r->doc;
    if (r->loose && clnrm_toml_is_semantic(code))
        return NULL;
    if (doc->error_count && doc->errors[doc->error_count - 1].offset == clnrm_toml_offset(r, from))
        return NULL; /* what follows from the error just recorded */
    if (doc->error_count == CLNRM_TOML_ERRORS_MAX) {
        doc->errors_cut = r->fatal = true;
        return NULL;
    }
    if (!doc->errors)
        doc->errors = clnrm_xmalloc(CLNRM_TOML_ERRORS_MAX * sizeof(*doc->errors));
    struct clnrm_toml_error *e = &doc->errors[doc->error_count++];
    *e = (struct clnrm_toml_error){.code = code,
                                   .offset = clnrm_toml_offset(r, from),
                                   .length = (uint32_t)(to - from),
                                   .related = CLNRM_TOML_NOWHERE,
                                   .help = help};
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->message, sizeof(e->message), fmt, args);
    va_end(args);
    return e;
}

int clnrm_toml_shown(const char *from, const char *to)
{
    if (to - from <= CLNRM_TOML_SHOWN_MAX)
        return (int)(to - from);
    const char *end = from + CLNRM_TOML_SHOWN_MAX;
    while (((unsigned char)*end & 0xc0) == 0x80)
        end--; /* whole characters */
    return (int)(end - from);
}

const char *clnrm_toml_found(const struct clnrm_toml_reader *r, const char *s,
                             struct clnrm_toml_found *out)
{
    if (s >= r->end)
        return "the end of the text";
    if (*s == '\n' || *s == '\r')
        return "the end of the line";
    if (*s == '#')
        return "a comment";
    if (*s == '"' || *s == '\'')
        return "a string";
    const char *to = s + 1;
    if (!clnrm_toml_is(s, CLNRM_TOML_C_STOP))
        while (to - s < CLNRM_TOML_SHOWN_MAX && !clnrm_toml_is(to, CLNRM_TOML_C_STOP) &&
               *to != '=' && *to != '"')
            to++;
    bool cut = to - s == CLNRM_TOML_SHOWN_MAX && !clnrm_toml_is(to, CLNRM_TOML_C_STOP);
    while (((unsigned char)*to & 0xc0) == 0x80)
        to++; /* whole characters */
    snprintf(out->text, sizeof(out->text), "\"%.*s%s\"", (int)(to - s), s, cut ? "..." : "");
    return out->text;
}

void clnrm_toml_record(struct clnrm_toml_reader *r, enum clnrm_toml_token_kind kind,
                       const char *from, const char *to)
{
    struct clnrm_toml_doc *doc = r->doc;
    if (doc->token_count + 2 > doc->token_cap) {
        doc->token_cap = doc->token_cap ? 2 * doc->token_cap : TOKENS_MIN;
        doc->tokens = clnrm_xrealloc(doc->tokens, doc->token_cap * sizeof(*doc->tokens));
    }
    if (from > r->covered) /* skipped after an error */
        doc->tokens[doc->token_count++] =
            (struct clnrm_toml_token){.offset = clnrm_toml_offset(r, r->covered) & TOKEN_OFFSET_MAX,
                                      .kind = CLNRM_TOML_T_JUNK};
    doc->tokens[doc->token_count++] = (struct clnrm_toml_token){
        .offset = clnrm_toml_offset(r, from) & TOKEN_OFFSET_MAX, .kind = kind & TOKEN_KIND_MAX};
    r->covered = to;
}

const char *clnrm_toml_code_text(int code)
{
    switch (code) {
#define X(name, number, text)                                                                      \
    case number:                                                                                   \
        return text;
        CLNRM_TOML_ERROR_TABLE(X)
#undef X
    }
    return NULL;
}
