/* toml_lex.h -- the tokens of TOML: finds where each ends, and records it when asked to.
 *
 * Private to the reader (core/toml*.c).  TOML has no tokens without context (`1979-05-27` is a key
 * on the left of `=` and a date on its right), so the parser says which token it wants, and each
 * function here takes the position `s` and returns the one behind the token.  What runs once per
 * token is inline; the rest is in toml_lex.c and toml_string.c.
 *
 * The text is NUL-terminated, valid UTF-8 and free of control characters other than tab, line feed
 * and carriage return before line feed: clnrm_toml_check() sees to that before anything else runs.
 * Layer: core. */
#ifndef CLNRM_TOML_LEX_H
#define CLNRM_TOML_LEX_H

#include "core/toml.h"

#ifdef __SSE2__
#    include <emmintrin.h>
#endif

/* Classes of bytes. */
enum {
    CLNRM_TOML_C_KEY = 1,   /* may stand in a bare key */
    CLNRM_TOML_C_SPACE = 2, /* tab, space */
    CLNRM_TOML_C_STOP = 4,  /* ends a number, a date or a word */
    CLNRM_TOML_C_DIGIT = 8,
    CLNRM_TOML_C_LETTER = 16,
};
extern const uint8_t clnrm_toml_class[256];

enum { CLNRM_TOML_SHOWN_MAX = 40 }; /* bytes of the text that go into a message */

/* One reading: what lexer and parser share. */
struct clnrm_toml_reader {
    const char *text, *end; /* a NUL stands at `end` */
    struct clnrm_toml_doc *doc;
    const char *covered; /* tokens: all before this is recorded */
    const char *at;      /* after a failure: where it was */
    const char *newline; /* the last line end between brackets */
    const char *resume;  /* after a failure: where the next statement starts, or NULL: next line */
    uint32_t table;      /* the table that statements fill */
    int depth;           /* of that table; the root has 0 */
    enum clnrm_toml_version version;
    bool record;     /* tokens */
    bool loose;      /* errors of meaning are none */
    bool has_return; /* there are carriage returns */
    bool fatal;      /* a limit was reached: stop */
};

/* One part of a key. */
struct clnrm_toml_key {
    uint32_t at; /* where its bytes are, as in a node */
    uint16_t len, tag;
    uint8_t flags; /* CLNRM_TOML_QUOTED */
    uint32_t offset, end;
};

static inline bool clnrm_toml_is(const char *s, unsigned class)
{
    return (clnrm_toml_class[(unsigned char)*s] & class) != 0;
}

static inline uint32_t clnrm_toml_offset(const struct clnrm_toml_reader *r, const char *s)
{
    return (uint32_t)(s - r->text);
}

/* Records a token that reaches from the end of the one before to `to`, or from `from` with what was
 * skipped before it as junk. */
void clnrm_toml_record(struct clnrm_toml_reader *r, enum clnrm_toml_token_kind kind,
                       const char *from, const char *to);

static inline void clnrm_toml_token(struct clnrm_toml_reader *r, enum clnrm_toml_token_kind kind,
                                    const char *from, const char *to)
{
    if (__builtin_expect(r->record, 0))
        clnrm_toml_record(r, kind, from, to);
}

/* Returns the first byte in [s, end) that is `a`, `b` or `c`; else `end`. */
static inline const char *clnrm_toml_seek(const char *s, const char *end, char a, char b, char c)
{
#ifdef __SSE2__
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b), vc = _mm_set1_epi8(c);
    for (; end - s >= 16; s += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
        __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb)),
                                   _mm_cmpeq_epi8(v, vc));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask)
            return s + __builtin_ctz(mask);
    }
#endif
    while (s < end && *s != a && *s != b && *s != c)
        s++;
    return s;
}

/* Skips tabs and spaces. */
static inline const char *clnrm_toml_space(struct clnrm_toml_reader *r, const char *s)
{
    if (!clnrm_toml_is(s, CLNRM_TOML_C_SPACE))
        return s;
    const char *from = s;
    do
        s++;
    while (clnrm_toml_is(s, CLNRM_TOML_C_SPACE));
    clnrm_toml_token(r, CLNRM_TOML_T_SPACE, from, s);
    return s;
}

/* Skips one line end when there is one. */
static inline const char *clnrm_toml_newline(struct clnrm_toml_reader *r, const char *s)
{
    const char *from = s;
    if (*s == '\r')
        s++;
    if (*s == '\n')
        s++;
    if (s != from)
        clnrm_toml_token(r, CLNRM_TOML_T_NEWLINE, from, s);
    return s;
}

/* Skips a comment, which starts at `s`, up to its line end. */
static inline const char *clnrm_toml_comment(struct clnrm_toml_reader *r, const char *s)
{
    const char *from = s;
    s = clnrm_toml_seek(s, r->end, '\n', '\n', '\n');
    if (s > from && s[-1] == '\r' && s < r->end)
        s--;
    clnrm_toml_token(r, CLNRM_TOML_T_COMMENT, from, s);
    return s;
}

/* Reads one part of a key.  Returns NULL after an error. */
const char *clnrm_toml_key_slow(struct clnrm_toml_reader *r, const char *s,
                                struct clnrm_toml_key *key);

static inline const char *clnrm_toml_key(struct clnrm_toml_reader *r, const char *s,
                                         struct clnrm_toml_key *key)
{
    const char *from = s;
    while (clnrm_toml_is(s, CLNRM_TOML_C_KEY))
        s++;
    size_t len = (size_t)(s - from);
    if (len - 1 >= CLNRM_TOML_KEY_MAX) /* none, or too long */
        return clnrm_toml_key_slow(r, from, key);
    *key = (struct clnrm_toml_key){.at = clnrm_toml_offset(r, from),
                                   .len = (uint16_t)len,
                                   .tag = (uint16_t)((uint8_t)from[0] | (uint8_t)s[-1] << 8),
                                   .offset = clnrm_toml_offset(r, from),
                                   .end = clnrm_toml_offset(r, s)};
    clnrm_toml_token(r, CLNRM_TOML_T_KEY, from, s);
    return s;
}

/* Reads a string of any of the four forms, which starts at `s`, and stores its bytes in `*at`, `*len`
 * (as in a node).  Returns NULL after an error, with r->at behind what can be skipped. */
const char *clnrm_toml_string_slow(struct clnrm_toml_reader *r, const char *s, uint32_t *at,
                                   uint32_t *len);

static inline const char *clnrm_toml_string(struct clnrm_toml_reader *r, const char *s,
                                            uint32_t *at, uint32_t *len)
{
    char quote = *s, other = quote == '"' ? '\\' : quote;
    const char *from = s + 1, *to = clnrm_toml_seek(from, r->end, quote, other, '\n');
    if (*to != quote || (to == from && to[1] == quote)) /* escapes, three quotes, or not closed */
        return clnrm_toml_string_slow(r, s, at, len);
    *at = clnrm_toml_offset(r, from);
    *len = (uint32_t)(to - from);
    clnrm_toml_token(r, CLNRM_TOML_T_STRING, s, to + 1);
    return to + 1;
}

/* Reads what starts at `s` and is neither string, array nor inline table into `node`.  Returns NULL
 * after an error. */
const char *clnrm_toml_atom(struct clnrm_toml_reader *r, const char *s,
                            struct clnrm_toml_node *node);

/* Checks the whole text: UTF-8, control characters, carriage returns.  Records an error for each
 * wrong byte, and lets the reading go on over a copy in which they are blanked. */
void clnrm_toml_check(struct clnrm_toml_reader *r);

/* Records an error at [from, to), unless the last one is at the same place.  Reading goes on, unless
 * too many were found: then r->fatal is set.  Returns NULL when nothing was recorded. */
struct clnrm_toml_error *clnrm_toml_fail(struct clnrm_toml_reader *r, enum clnrm_toml_code code,
                                         const char *from, const char *to, const char *help,
                                         const char *fmt, ...)
    __attribute__((cold, format(printf, 6, 7)));

/* Makes an error (may be NULL) say with what it collides. */
static inline void clnrm_toml_relate(struct clnrm_toml_error *e, uint32_t offset)
{
    if (e)
        e->related = offset;
}

/* Returns how many bytes of the piece [from, to) of the text a message shows. */
int clnrm_toml_shown(const char *from, const char *to);

/* Says what stands at `s`, for a message: `"word"`, `the end of the line`. */
struct clnrm_toml_found {
    char text[64];
};
const char *clnrm_toml_found(const struct clnrm_toml_reader *r, const char *s,
                             struct clnrm_toml_found *out);

/* Sorts the errors by place, fills in lines and columns. */
void clnrm_toml_place_errors(struct clnrm_toml_reader *r);

#endif
