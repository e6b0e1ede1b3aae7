/* toml_string.c -- TOML strings that are not plain: escapes, several lines, quoted keys. */
#include "core/toml_lex.h"

enum {
    DECODED_MIN = 256,
    UTF8_MAX = 4,
    SPAN_SIZE = 2 * sizeof(uint32_t), /* a decoded key is followed by its place in the text */
};

static void put(struct clnrm_toml_doc *doc, const void *data, size_t len)
{
    size_t need = doc->decoded_len + len;
    if (need >= doc->decoded_cap) { /* also at first, when nothing is put: the place must exist */
        size_t cap = doc->decoded_cap ? doc->decoded_cap : DECODED_MIN;
        while (cap <= need)
            cap *= 2;
        doc->decoded = clnrm_xrealloc(doc->decoded, cap);
        doc->decoded_cap = (uint32_t)cap;
    }
    if (len)
        memcpy(doc->decoded + doc->decoded_len, data, len);
    doc->decoded_len += (uint32_t)len;
}

static void put_code_point(struct clnrm_toml_doc *doc, uint32_t c)
{
    char out[UTF8_MAX];
    size_t len = 0;
    if (c < 0x80) {
        out[len++] = (char)c;
    } else {
        if (c < 0x800) {
            out[len++] = (char)(0xc0 | c >> 6);
        } else {
            if (c < 0x10000) {
                out[len++] = (char)(0xe0 | c >> 12);
            } else {
                out[len++] = (char)(0xf0 | c >> 18);
                out[len++] = (char)(0x80 | (c >> 12 & 0x3f));
            }
            out[len++] = (char)(0x80 | (c >> 6 & 0x3f));
        }
        out[len++] = (char)(0x80 | (c & 0x3f));
    }
    put(doc, out, len);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes \xHH, \uHHHH, \UHHHHHHHH, whose backslash is at `s`. */
static const char *put_hex(struct clnrm_toml_reader *r, const char *s, int digits)
{
    uint32_t c = 0;
    const char *from = s;
    s += 2;
    for (int i = 0; i < digits; i++, s++) {
        int value = hex_value(*s);
        if (value < 0) {
            clnrm_toml_fail(r, CLNRM_TOML_E_ESCAPE, from, s, NULL,
                            "\\%c must be followed by %d hexadecimal digits", from[1], digits);
            return s;
        }
        c = c << 4 | (uint32_t)value;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        clnrm_toml_fail(r, CLNRM_TOML_E_UNICODE, from, s,
                        "allowed are U+0000 to U+D7FF and U+E000 to U+10FFFF",
                        "U+%04X is not a Unicode character", (unsigned)c);
    else
        put_code_point(r->doc, c);
    return s;
}

/* Skips a backslash at the end of a line with all white space behind it; NULL when it is not one. */
static const char *skip_line_end(const char *s)
{
    s++;
    while (clnrm_toml_is(s, CLNRM_TOML_C_SPACE))
        s++;
    if (*s != '\n' && *s != '\r')
        return NULL;
    while (clnrm_toml_is(s, CLNRM_TOML_C_SPACE) || *s == '\n' || *s == '\r')
        s++;
    return s;
}

static const char *fail_escape(struct clnrm_toml_reader *r, const char *s)
{
    struct clnrm_toml_found found;
    const char *to = s + 1;
    if (to < r->end && *to != '\n' && *to != '\r')
        do
            to++;
        while (((unsigned char)*to & 0xc0) == 0x80);
    bool later = r->version == CLNRM_TOML_1_0 && (s[1] == 'e' || s[1] == 'x');
    if (to == s + 1 || s[1] == ' ' || s[1] == '\t')
        clnrm_toml_fail(r, CLNRM_TOML_E_ESCAPE, s, s + 1,
                        "write \\\\ for a backslash, or use a 'literal string'",
                        "a backslash must be followed by an escape, found %s",
                        s[1] == ' ' || s[1] == '\t' ? "a blank"
                                                    : clnrm_toml_found(r, s + 1, &found));
    else
        clnrm_toml_fail(r, CLNRM_TOML_E_ESCAPE, s, to,
                        later ? "the escapes \\e and \\x need TOML 1.1"
                              : "write \\\\ for a backslash, or use a 'literal string'",
                        "\\%.*s is not an escape", (int)(to - s - 1), s + 1);
    return to;
}

/* Decodes the escape whose backslash is at `s`.  Returns the place behind it; errors are recorded and
 * leave nothing in the string. */
static const char *put_escape(struct clnrm_toml_reader *r, const char *s, bool multiline)
{
    static const char plain[] = "b\bt\tn\nf\fr\r\"\"\\\\";
    bool newer = r->version != CLNRM_TOML_1_0;
    for (const char *p = plain; *p; p += 2)
        if (s[1] == *p) {
            put(r->doc, p + 1, 1);
            return s + 2;
        }
    if (s[1] == 'u' || s[1] == 'U')
        return put_hex(r, s, s[1] == 'u' ? 4 : 8);
    if (s[1] == 'x' && newer)
        return put_hex(r, s, 2);
    if (s[1] == 'e' && newer) {
        put(r->doc, "\x1b", 1);
        return s + 2;
    }
    const char *behind = multiline ? skip_line_end(s) : NULL;
    return behind ? behind : fail_escape(r, s);
}

static void fail_unclosed(struct clnrm_toml_reader *r, const char *s, const char *to,
                          bool multiline)
{
    char quote = *s;
    r->at = to;
    if (multiline)
        clnrm_toml_fail(r, CLNRM_TOML_E_TEXT_END, s, s + 3, NULL,
                        "the multi-line string that starts here is not closed: expected %c%c%c",
                        quote, quote, quote);
    else
        clnrm_toml_fail(r, CLNRM_TOML_E_STRING_END, s, to,
                        quote == '"' ? "use \"\"\" for text over several lines"
                                     : "use ''' for text over several lines",
                        "the string is not closed: expected %c before the end of the line", quote);
}

/* Returns the closing quotes' end when the `quote` at `s` closes a multi-line string, else NULL and
 * in `*s` the place behind the quotes.  Up to two quotes may stand right before the closing three. */
static const char *close_multiline(const char **s, char quote)
{
    const char *to = *s;
    while (*to == quote && to - *s < 5)
        to++;
    if (to - *s >= 3)
        return to;
    *s = to;
    return NULL;
}

const char *clnrm_toml_string_slow(struct clnrm_toml_reader *r, const char *s, uint32_t *at,
                                   uint32_t *len)
{
    const char quote = *s, *run = s + 1, *to, *close = NULL;
    const bool multiline = s[1] == quote && s[2] == quote;
    const char escape = quote == '"' ? '\\' : quote;
    const char third = !multiline ? '\n' : r->has_return ? '\r' : quote;
    const uint32_t begin = r->doc->decoded_len;
    bool copied = false;
    if (multiline) {
        run = s + 3;
        run += run[0] == '\r' ? 2 : run[0] == '\n';
    }
    for (to = run; !close;) {
        to = clnrm_toml_seek(to, r->end, quote, escape, third);
        if (to >= r->end || *to == '\n') {
            fail_unclosed(r, s, to - (to > s && to[-1] == '\r'), multiline);
            return NULL;
        }
        if (*to == quote) {
            close = multiline ? close_multiline(&to, quote) : to + 1;
        } else { /* a backslash; or the first half of CRLF, which becomes LF */
            put(r->doc, run, (size_t)(to - run));
            copied = true;
            to = run = *to == '\r' ? to + 1 : put_escape(r, to, multiline);
        }
    }
    to = close - (multiline ? 3 : 1);
    if (copied) {
        put(r->doc, run, (size_t)(to - run));
        *at = begin | CLNRM_TOML_DECODED;
        *len = r->doc->decoded_len - begin;
    } else {
        *at = clnrm_toml_offset(r, run);
        *len = (uint32_t)(to - run);
    }
    clnrm_toml_token(r, CLNRM_TOML_T_STRING, s, close);
    return close;
}

static const char *fail_key(struct clnrm_toml_reader *r, const char *s)
{
    struct clnrm_toml_found found;
    const char *to = s < r->end ? s + 1 : s;
    while (((unsigned char)*to & 0xc0) == 0x80)
        to++;
    r->at = s;
    clnrm_toml_fail(r, CLNRM_TOML_E_NO_KEY, s, to,
                    (unsigned char)*s >= 0x80 ? "put keys with other than A-Z a-z 0-9 _ - in quotes"
                                              : NULL,
                    "expected a key, found %s", clnrm_toml_found(r, s, &found));
    return NULL;
}

const char *clnrm_toml_key_slow(struct clnrm_toml_reader *r, const char *s,
                                struct clnrm_toml_key *key)
{
    const char *to = s;
    uint32_t at = clnrm_toml_offset(r, s), len;
    if (*s == '"' || *s == '\'') {
        bool multiline = s[1] == *s && s[2] == *s;
        to = clnrm_toml_string(r, s, &at, &len);
        if (!to)
            return NULL;
        if (multiline) {
            r->at = to;
            clnrm_toml_fail(r, CLNRM_TOML_E_KEY_STRING, s, to, "use single quotes or double quotes",
                            "a multi-line string cannot be a key");
            return NULL;
        }
    } else {
        while (clnrm_toml_is(to, CLNRM_TOML_C_KEY))
            to++;
        len = (uint32_t)(to - s);
        if (!len)
            return fail_key(r, s);
    }
    if (len > CLNRM_TOML_KEY_MAX) {
        r->at = to;
        clnrm_toml_fail(r, CLNRM_TOML_E_KEY_LENGTH, s, to, NULL,
                        "a key may have at most %u bytes, this one has %u", CLNRM_TOML_KEY_MAX,
                        (unsigned)len);
        return NULL;
    }
    const uint32_t span[2] = {clnrm_toml_offset(r, s), clnrm_toml_offset(r, to)};
    if (at & CLNRM_TOML_DECODED)
        put(r->doc, span, SPAN_SIZE);
    *key = (struct clnrm_toml_key){.at = at,
                                   .len = (uint16_t)len,
                                   .flags = CLNRM_TOML_QUOTED,
                                   .offset = span[0],
                                   .end = span[1]};
    const char *data = clnrm_toml_bytes(r->doc, at);
    if (len)
        key->tag = (uint16_t)((uint8_t)data[0] | (uint8_t)data[len - 1] << 8);
    if (r->record)
        r->doc->tokens[r->doc->token_count - 1].kind = CLNRM_TOML_T_KEY;
    return to;
}

void clnrm_toml_key_span(const struct clnrm_toml_doc *doc, uint32_t id, uint32_t *offset,
                         uint32_t *end)
{
    const struct clnrm_toml_node *node = &doc->nodes[id];
    uint32_t span[2] = {node->key, node->key + node->key_len};
    if (node->key & CLNRM_TOML_DECODED)
        memcpy(span, clnrm_toml_bytes(doc, node->key) + node->key_len, SPAN_SIZE);
    else if (node->flags & CLNRM_TOML_QUOTED)
        span[0]--, span[1]++;
    *offset = span[0];
    *end = span[1];
}
