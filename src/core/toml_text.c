/* toml_text.c -- checks the bytes of a TOML text before it is read, and counts its lines. */
#include "core/toml_lex.h"

enum { ASCII_MAX = 0x7f };

/* Returns the length of the well-formed UTF-8 sequence at `s` (its first byte is not ASCII), or 0. */
static size_t sequence(const unsigned char *s, size_t left)
{
    unsigned lead = s[0], low = 0x80, high = 0xbf;
    size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || left < len)
        return 0;
    if (lead == 0xe0)
        low = 0xa0; /* shorter forms exist */
    else if (lead == 0xed)
        high = 0x9f; /* surrogates */
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f; /* past U+10FFFF */
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return len;
}

/* Skips bytes that may stand anywhere: printable ASCII, tab, line feed. */
static const char *skip_plain(const char *s, const char *end)
{
#ifdef __SSE2__
    const __m128i space = _mm_set1_epi8(' '), tab = _mm_set1_epi8('\t');
    const __m128i feed = _mm_set1_epi8('\n'), del = _mm_set1_epi8(ASCII_MAX);
    for (; end - s >= 16; s += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
        __m128i low = _mm_cmplt_epi8(v, space); /* signed: bytes past ASCII are in it too */
        __m128i fine = _mm_or_si128(_mm_cmpeq_epi8(v, tab), _mm_cmpeq_epi8(v, feed));
        __m128i bad = _mm_or_si128(_mm_andnot_si128(fine, low), _mm_cmpeq_epi8(v, del));
        unsigned mask = (unsigned)_mm_movemask_epi8(bad);
        if (mask)
            return s + __builtin_ctz(mask);
    }
#endif
    while (s < end && ((*s >= ' ' && *s < ASCII_MAX) || *s == '\t' || *s == '\n'))
        s++;
    return s;
}

static char *masked(struct clnrm_toml_reader *r)
{
    if (!r->doc->masked)
        r->doc->masked = clnrm_xmemdup(r->doc->text, r->doc->len);
    return r->doc->masked;
}

/* Handles one wrong byte, or a run of bytes that are not UTF-8.  Returns the place behind it. */
static const char *report(struct clnrm_toml_reader *r, const char *s)
{
    size_t at = (size_t)(s - r->text);
    unsigned char c = (unsigned char)*s;
    const char *to = s + 1;
    if (c == '\r') {
        clnrm_toml_fail(r, CLNRM_TOML_E_BARE_RETURN, s, to, "end lines with LF or CRLF",
                        "a carriage return must be followed by a line feed");
        masked(r)[at] = '\n';
    } else if (c <= ASCII_MAX) {
        clnrm_toml_fail(r, CLNRM_TOML_E_CONTROL, s, to,
                        "remove it, or write it as an escape in a \"string\"",
                        "control character U+%04X is not allowed", c);
        masked(r)[at] = ' ';
    } else {
        while (to < r->end && (unsigned char)*to > ASCII_MAX &&
               !sequence((const unsigned char *)to, (size_t)(r->end - to)))
            to++;
        clnrm_toml_fail(r, CLNRM_TOML_E_NOT_UTF8, s, to, "save the file as UTF-8",
                        "byte 0x%02X is not part of valid UTF-8", c);
        memset(masked(r) + at, '?', (size_t)(to - s));
    }
    return to;
}

/* Tells UTF-16 and UTF-32 by their mark, or by where the NULs lie in their first four bytes. */
static bool is_wide(const unsigned char *s, size_t len)
{
    if (len >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff)))
        return true;
    if (len < 4)
        return false;
    unsigned nuls = (s[0] == 0) << 3 | (s[1] == 0) << 2 | (s[2] == 0) << 1 | (s[3] == 0);
    return nuls == 0x5 || nuls == 0xa || nuls == 0x7 || nuls == 0xe;
}

void clnrm_toml_check(struct clnrm_toml_reader *r)
{
    if (is_wide((const unsigned char *)r->text, (size_t)(r->end - r->text))) {
        clnrm_toml_fail(r, CLNRM_TOML_E_UTF16, r->text, r->text + 2, "save the file as UTF-8",
                        "the text is UTF-16 or UTF-32");
        r->fatal = true;
        return;
    }
    const char *s = r->text;
    while (!r->fatal && (s = skip_plain(s, r->end)) < r->end) {
        size_t len = 0;
        if ((unsigned char)*s > ASCII_MAX) {
            len = sequence((const unsigned char *)s, (size_t)(r->end - s));
        } else if (*s == '\r' && s[1] == '\n') {
            r->has_return = true;
            len = 2;
        }
        s = len ? s + len : report(r, s);
    }
    if (r->doc->masked) {
        r->text = r->doc->masked;
        r->end = r->text + r->doc->len;
    }
}

/* The mark at the start of a text has no width. */
static uint32_t first_column(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 0 : 1;
}

/* Goes on counting from a place whose line and column are known to `to`. */
static void count(const char *s, const char *to, uint32_t *line, uint32_t *column)
{
    for (const char *feed; (feed = memchr(s, '\n', (size_t)(to - s))) != NULL; s = feed + 1) {
        ++*line;
        *column = 1;
    }
    for (; s < to; s++)
        *column += ((unsigned char)*s & 0xc0) != 0x80;
}

void clnrm_toml_line_column(const char *text, size_t len, size_t offset, uint32_t *line,
                            uint32_t *column)
{
    *line = 1;
    *column = first_column(text, len);
    count(text, text + (offset < len ? offset : len), line, column);
    *column += *column == 0;
}

static int by_offset(const void *a, const void *b)
{
    const struct clnrm_toml_error *x = a, *y = b;
    int order = (x->offset > y->offset) - (x->offset < y->offset);
    return order ? order : (x->code > y->code) - (x->code < y->code);
}

/* A place in the text whose line and column are wanted. */
struct place {
    uint32_t offset, *line, *column;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool is_byte_error(const struct clnrm_toml_error *e)
{
    return e->code >= CLNRM_TOML_E_NOT_UTF8 && e->code <= CLNRM_TOML_E_BARE_RETURN;
}

/* Drops what a wrong byte on the same line brought about. */
static void drop_consequences(struct clnrm_toml_doc *doc)
{
    uint32_t kept = 0, from = 0;
    while (from < doc->error_count) {
        uint32_t to = from, line = doc->errors[from].line;
        bool bytes = false;
        for (; to < doc->error_count && doc->errors[to].line == line; to++)
            bytes |= is_byte_error(&doc->errors[to]);
        for (; from < to; from++)
            if (!bytes || is_byte_error(&doc->errors[from]))
                doc->errors[kept++] = doc->errors[from];
    }
    doc->error_count = kept;
}

void clnrm_toml_place_errors(struct clnrm_toml_reader *r)
{
    struct clnrm_toml_doc *doc = r->doc;
    struct place places[2 * CLNRM_TOML_ERRORS_MAX];
    size_t n = 0;
    if (!doc->error_count)
        return;
    qsort(doc->errors, doc->error_count, sizeof(*doc->errors), by_offset);
    for (uint32_t i = 0; i < doc->error_count; i++) {
        struct clnrm_toml_error *e = &doc->errors[i];
        places[n++] = (struct place){e->offset, &e->line, &e->column};
        if (e->related != CLNRM_TOML_NOWHERE)
            places[n++] = (struct place){e->related, &e->related_line, &e->related_column};
    }
    qsort(places, n, sizeof(*places), by_place);
    uint32_t line = 1, column = first_column(doc->text, doc->len), at = 0;
    for (size_t i = 0; i < n; i++) { /* one pass over the text for all of them */
        count(doc->text + at, doc->text + places[i].offset, &line, &column);
        at = places[i].offset;
        *places[i].line = line;
        *places[i].column = column + (column == 0);
    }
    drop_consequences(doc);
}
