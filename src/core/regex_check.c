/* regex_check.c -- refuses patterns that PCRE2 would take and clnrm does not; see regex.h. */
#include "base/base.h"
#include "core/regex.h"

#include <stdio.h>

static int fail(struct clnrm_regex_error *err, int status, size_t offset, const char *why)
{
    err->offset = offset;
    snprintf(err->why, sizeof(err->why), "%s", why);
    return status;
}

/* Returns the place behind the closing `]` of the set that opens at `at`. */
static size_t skip_set(struct clnrm_slice p, size_t at)
{
    size_t i = at + 1;
    if (i < p.len && p.data[i] == '^')
        i++;
    if (i < p.len && p.data[i] == ']')
        i++;
    for (; i < p.len && p.data[i] != ']'; i++) {
        if (p.data[i] == '\\') {
            i++;
        } else if (p.data[i] == '[' && i + 1 < p.len && p.data[i + 1] == ':') {
            const char *end = memmem(p.data + i, p.len - i, ":]", 2);
            i = end ? (size_t)(end - p.data) + 1 : i;
        }
    }
    return i + 1;
}

/* Returns the place behind the escape at `at`, with what stands in braces or up to \E. */
static size_t skip_escape(struct clnrm_slice p, size_t at)
{
    size_t i = at + 2;
    char c = i <= p.len ? p.data[at + 1] : '\0';
    const char *end = NULL;
    if (c == 'Q')
        end = i < p.len ? memmem(p.data + i, p.len - i, "\\E", 2) : NULL;
    else if (c && strchr("xopPNgku", c) && i < p.len && p.data[i] == '{')
        end = memchr(p.data + i, '}', p.len - i);
    else
        return i;
    if (c == 'Q')
        return end ? (size_t)(end - p.data) + 2 : p.len;
    return end ? (size_t)(end - p.data) + 1 : i;
}

/* Reads digits; more than any limit is as good as the limit. */
static size_t take_count(struct clnrm_slice p, size_t at, unsigned *out)
{
    unsigned value = 0;
    for (; at < p.len && p.data[at] >= '0' && p.data[at] <= '9'; at++)
        if (value <= CLNRM_REGEX_REPEAT_MAX)
            value = value * 10 + (unsigned)(p.data[at] - '0');
    *out = value;
    return at;
}

/* Whether {n}, {n,} or {n,m} with too great a number stands at `at`. */
static bool is_great_repeat(struct clnrm_slice p, size_t at)
{
    unsigned least, most = 0;
    size_t i = take_count(p, at + 1, &least);
    if (i == at + 1)
        return false;
    if (i < p.len && p.data[i] == ',')
        i = take_count(p, i + 1, &most);
    return i < p.len && p.data[i] == '}' &&
           (least > CLNRM_REGEX_REPEAT_MAX || most > CLNRM_REGEX_REPEAT_MAX);
}

int clnrm_regex_check(struct clnrm_slice p, struct clnrm_regex_error *err)
{
    for (size_t i = 0; i < p.len;) {
        char c = p.data[i];
        if (c == '{' && is_great_repeat(p, i))
            return fail(err, CLNRM_ELIMIT, i, "a repeat of more than 1000");
        if (c == '\\' && i + 1 < p.len && p.data[i + 1] == 'G')
            return fail(err, CLNRM_EREGEX, i, "\\G is not supported");
        if (c == '(' && i + 2 < p.len && p.data[i + 1] == '?' && p.data[i + 2] == '#') {
            const char *end = memchr(p.data + i, ')', p.len - i);
            i = end ? (size_t)(end - p.data) + 1 : p.len;
        } else {
            i = c == '\\' ? skip_escape(p, i) : c == '[' ? skip_set(p, i) : i + 1;
        }
    }
    return 0;
}
