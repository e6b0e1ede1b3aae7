/* json_write.c -- the writer of json.h. */
#include "base/base.h"
#include "core/json.h"
#include "core/utf8.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void add(struct clnrm_json_writer *w, const char *data, size_t len)
{
    if (w->status == 0)
        w->status = clnrm_buf_add(w->out, data, len);
}

static void add_line(struct clnrm_json_writer *w)
{
    static const char spaces[] = "                                ";
    if (w->indent == 0)
        return;
    add(w, "\n", 1);
    for (size_t left = (size_t)w->indent * (size_t)w->level; left > 0 && w->status == 0;) {
        size_t n = left < sizeof(spaces) - 1 ? left : sizeof(spaces) - 1;
        add(w, spaces, n);
        left -= n;
    }
}

/* What stands before a key or an item of an array. */
static void separate(struct clnrm_json_writer *w)
{
    if (w->has_key) { /* a value behind its key */
        w->has_key = false;
        return;
    }
    if (w->has_value)
        add(w, ",", 1);
    if (w->level > 0)
        add_line(w);
}

void clnrm_json_begin(struct clnrm_json_writer *w, char bracket)
{
    separate(w);
    add(w, &bracket, 1);
    w->level++;
    w->has_value = false;
}

void clnrm_json_end(struct clnrm_json_writer *w, char bracket)
{
    w->level--;
    if (w->has_value)
        add_line(w);
    add(w, &bracket, 1);
    w->has_value = true;
}

static void add_escape(struct clnrm_json_writer *w, unsigned char c)
{
    static const char letters[] = "\b\t\n\f\r\"\\", shown[] = "btnfr\"\\";
    char text[8];
    const char *known = c ? strchr(letters, c) : NULL;
    int n = known ? snprintf(text, sizeof(text), "\\%c", shown[known - letters])
                  : snprintf(text, sizeof(text), "\\u%04x", c);
    add(w, text, (size_t)n);
}

/* How many of the first bytes stand for themselves. */
static size_t plain_run(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        uint32_t cp;
        int n = c < 0x80 ? 1 : clnrm_utf8_next(s + i, len - i, &cp);
        if (n == 0)
            break;
        i += (size_t)n;
    }
    return i;
}

static void add_quoted(struct clnrm_json_writer *w, struct clnrm_slice text)
{
    add(w, "\"", 1);
    for (size_t at = 0; at < text.len && w->status == 0;) {
        size_t n = plain_run(text.data + at, text.len - at);
        add(w, text.data + at, n);
        at += n;
        if (at == text.len)
            break;
        unsigned char c = (unsigned char)text.data[at++];
        if (c < 0x80)
            add_escape(w, c);
        else if (w->is_replacing)
            add(w, "\xEF\xBF\xBD", 3);
        else if (w->status == 0)
            w->status = CLNRM_EUTF8;
    }
    add(w, "\"", 1);
}

void clnrm_json_put_key(struct clnrm_json_writer *w, struct clnrm_slice key)
{
    separate(w);
    add_quoted(w, key);
    add(w, ": ", w->indent ? 2 : 1);
    w->has_key = true;
}

void clnrm_json_put_text(struct clnrm_json_writer *w, struct clnrm_slice text)
{
    separate(w);
    add_quoted(w, text);
    w->has_value = true;
}

void clnrm_json_put_word(struct clnrm_json_writer *w, const char *word)
{
    separate(w);
    add(w, word, strlen(word));
    w->has_value = true;
}

void clnrm_json_put_integer(struct clnrm_json_writer *w, int64_t value)
{
    char text[24], *at = text + sizeof(text);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        *--at = '-';
    separate(w);
    add(w, at, (size_t)(text + sizeof(text) - at));
    w->has_value = true;
}

enum { MILLION = 1000000, DIGITS = 15 }; /* so many always survive in a normal double */

/* Writes a whole number of millionths of at most DIGITS digits: they are the shortest decimal.  Times are
 * such, in milliseconds, and nearly every real is a time.  Returns false for any other. */
static bool put_millionths(struct clnrm_json_writer *w, double value)
{
    char text[32], *end = text + sizeof(text), *at = end;
    double size = fabs(value), scaled = round(size * MILLION);
    if (size < 1e-4 || scaled >= 1e15 || scaled / MILLION != size)
        return false;
    uint64_t whole = (uint64_t)scaled / MILLION, part = (uint64_t)scaled % MILLION;
    for (int i = 0; i < 6; i++, part /= 10)
        *--at = (char)('0' + part % 10);
    *--at = '.';
    do
        *--at = (char)('0' + whole % 10);
    while ((whole /= 10) > 0);
    if (value < 0)
        *--at = '-';
    while (end[-1] == '0' && end[-2] != '.')
        end--;
    separate(w);
    add(w, at, (size_t)(end - at));
    w->has_value = true;
    return true;
}

void clnrm_json_put_real(struct clnrm_json_writer *w, double value)
{
    char text[40];
    if (!isfinite(value)) {
        w->status = w->status ? w->status : -EDOM;
        return;
    }
    if (put_millionths(w, value))
        return;
    for (int digits = fabs(value) < DBL_MIN ? 1 : DIGITS; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *comma = strchr(text, ','); /* a locale with a decimal comma */
    if (comma)
        *comma = '.';
    if (!strpbrk(text, ".e"))
        strcat(text, ".0");
    clnrm_json_put_word(w, text);
}
