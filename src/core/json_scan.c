/* json_scan.c -- see json_scan.h for the contract. */
#include "core/json_scan.h"
#include "base/base.h"
#include "core/utf8.h"

#include <math.h>

enum { NUMBER_MAX = 40 }; /* longer ones are left to others */

void clnrm_scan_open(struct clnrm_scan *s, struct clnrm_slice text)
{
    *s = (struct clnrm_scan){.at = text.data, .end = text.data + text.len, .start = text.data};
}

void clnrm_scan_close(struct clnrm_scan *s)
{
    free(s->room);
    s->room = NULL;
}

void clnrm_scan_blank(struct clnrm_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

bool clnrm_scan_take(struct clnrm_scan *s, char c)
{
    clnrm_scan_blank(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

bool clnrm_scan_word(struct clnrm_scan *s, const char *word)
{
    size_t len = strlen(word);
    clnrm_scan_blank(s);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

static bool read_unit(struct clnrm_scan *s, uint32_t *out)
{
    *out = 0;
    if (s->end - s->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *s->at++, lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *out = *out << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* Decodes what stands behind "\u". */
static bool read_point(struct clnrm_scan *s, char **to)
{
    uint32_t cp, low;
    if (!read_unit(s, &cp) || cp == 0 || (cp >= 0xDC00 && cp <= 0xDFFF))
        return false;
    if (cp >= 0xD800 && cp <= 0xDBFF) {
        if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
            return false;
        s->at += 2;
        if (!read_unit(s, &low) || low < 0xDC00 || low > 0xDFFF)
            return false;
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
    }
    *to += clnrm_utf8_put(cp, *to);
    return true;
}

static bool read_escape(struct clnrm_scan *s, char **to)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->end)
        return false;
    char c = *s->at++;
    if (c == 'u')
        return read_point(s, to);
    const char *known = c ? strchr(letters, c) : NULL;
    if (!known)
        return false;
    *(*to)++ = bytes[known - letters];
    return true;
}

/* Decodes a text that has escapes, from its first byte. */
static bool read_escaped(struct clnrm_scan *s, const char *from, struct clnrm_slice *out)
{
    if (!s->room)
        s->room = clnrm_xmalloc((size_t)(s->end - s->start));
    char *first = s->room + s->used, *to = first;
    for (s->at = from; s->at < s->end;) {
        char c = *s->at++;
        if (c == '"') {
            *out = (struct clnrm_slice){first, (size_t)(to - first)};
            s->used += out->len;
            return true;
        }
        if ((unsigned char)c < 0x20 || (c == '\\' && !read_escape(s, &to)))
            return false;
        if (c != '\\')
            *to++ = c;
    }
    return false;
}

bool clnrm_scan_text(struct clnrm_scan *s, struct clnrm_slice *out)
{
    if (!clnrm_scan_take(s, '"'))
        return false;
    for (const char *from = s->at; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            *out = (struct clnrm_slice){from, (size_t)(s->at++ - from)};
            return true;
        }
        if (*s->at == '\\')
            return read_escaped(s, from, out);
        if ((unsigned char)*s->at < 0x20)
            return false;
    }
    return false;
}

bool clnrm_scan_digits(struct clnrm_slice text, int64_t *out)
{
    size_t at = text.len > 0 && text.data[0] == '-';
    int64_t value = 0;
    if (at == text.len)
        return false;
    for (size_t i = at; i < text.len; i++) {
        char c = text.data[i];
        if (c < '0' || c > '9' || value > (INT64_MAX - (c - '0')) / 10)
            return false;
        value = value * 10 + (c - '0');
    }
    *out = at ? -value : value;
    return true;
}

/* Goes past a number; tells its bytes and whether it is a whole one. */
static bool read_number(struct clnrm_scan *s, struct clnrm_slice *out, bool *is_whole)
{
    clnrm_scan_blank(s);
    const char *from = s->at, *at = from;
#define DIGIT (at < s->end && *at >= '0' && *at <= '9')
    if (at < s->end && *at == '-')
        at++;
    const char *first = at;
    while (DIGIT)
        at++;
    if (at == first || (*first == '0' && at > first + 1))
        return false;
    *is_whole = true;
    if (at < s->end && *at == '.') {
        *is_whole = false;
        first = ++at;
        while (DIGIT)
            at++;
        if (at == first)
            return false;
    }
    if (at < s->end && (*at == 'e' || *at == 'E')) {
        *is_whole = false;
        at++;
        if (at < s->end && (*at == '+' || *at == '-'))
            at++;
        first = at;
        while (DIGIT)
            at++;
        if (at == first)
            return false;
    }
#undef DIGIT
    s->at = at;
    *out = (struct clnrm_slice){from, (size_t)(at - from)};
    return out->len < NUMBER_MAX;
}

bool clnrm_scan_integer(struct clnrm_scan *s, int64_t *out)
{
    struct clnrm_slice number;
    bool is_whole;
    return read_number(s, &number, &is_whole) && is_whole && clnrm_scan_digits(number, out);
}

bool clnrm_scan_real(struct clnrm_scan *s, double *out)
{
    struct clnrm_slice number;
    bool is_whole;
    int64_t whole;
    char text[NUMBER_MAX];
    if (!read_number(s, &number, &is_whole))
        return false;
    if (is_whole) {
        if (!clnrm_scan_digits(number, &whole))
            return false;
        *out = (double)whole; /* -0 is 0 */
        return true;
    }
    memcpy(text, number.data, number.len);
    text[number.len] = '\0';
    *out = strtod(text, NULL); /* the program keeps to the locale C */
    return isfinite(*out);
}

bool clnrm_scan_object(struct clnrm_scan *s, clnrm_scan_member_fn *visit, void *data)
{
    struct clnrm_slice key;
    if (!clnrm_scan_take(s, '{'))
        return false;
    if (clnrm_scan_take(s, '}'))
        return true;
    do {
        if (!clnrm_scan_text(s, &key) || !clnrm_scan_take(s, ':') || !visit(data, key))
            return false;
    } while (clnrm_scan_take(s, ','));
    return clnrm_scan_take(s, '}');
}

bool clnrm_scan_array(struct clnrm_scan *s, clnrm_scan_entry_fn *visit, void *data)
{
    if (!clnrm_scan_take(s, '['))
        return false;
    if (clnrm_scan_take(s, ']'))
        return true;
    do {
        if (!visit(data))
            return false;
    } while (clnrm_scan_take(s, ','));
    return clnrm_scan_take(s, ']');
}
