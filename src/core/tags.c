/* tags.c -- see tags.h for the contract. */
#include "core/tags.h"
#include "base/base.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Finds the next begin of a tag from `at` on; the length of `s` when there is none. */
static size_t next_tag(struct clnrm_slice s, size_t at)
{
    while (at + 1 < s.len) {
        const char *brace = memchr(s.data + at, '{', s.len - at - 1);
        if (!brace)
            break;
        if (brace[1] == '{' || brace[1] == '%' || brace[1] == '#')
            return (size_t)(brace - s.data);
        at = (size_t)(brace - s.data) + 1;
    }
    return s.len;
}

/* Finds the end of a tag whose inside begins at `at`: behind its `close` and the brace, which are
 * outside of quotes unless `close` is '#'.  The length of `s` when there is none. */
static size_t tag_end(struct clnrm_slice s, size_t at, char close)
{
    for (; at + 1 < s.len; at++) {
        char c = s.data[at];
        if (c == close && s.data[at + 1] == '}')
            return at + 2;
        if (close != '#' && (c == '"' || c == '\'' || c == '`')) {
            const char *quote = memchr(s.data + at + 1, c, s.len - at - 1);
            if (!quote)
                break;
            at = (size_t)(quote - s.data);
        }
    }
    return s.len;
}

/* Passes over `-`, blanks and then `word`, which no letter may follow; 0 when it is not there. */
static size_t behind_word(struct clnrm_slice s, size_t at, const char *word)
{
    size_t size = strlen(word);
    if (at < s.len && s.data[at] == '-')
        at++;
    while (at < s.len && is_blank(s.data[at]))
        at++;
    if (s.len - at < size || memcmp(s.data + at, word, size) != 0)
        return 0;
    at += size;
    return at < s.len && is_word(s.data[at]) ? 0 : at;
}

/* Finds the end of the first `{% endraw %}` from `at` on; 0 when there is none. */
static size_t raw_end(struct clnrm_slice s, size_t at)
{
    for (; (at = next_tag(s, at)) < s.len; at++) {
        size_t stop = s.data[at + 1] == '%' ? behind_word(s, at + 2, "endraw") : 0;
        if (stop == 0)
            continue;
        while (stop < s.len && is_blank(s.data[stop]))
            stop++;
        if (stop < s.len && s.data[stop] == '-')
            stop++;
        if (s.len - stop >= 2 && memcmp(s.data + stop, "%}", 2) == 0)
            return stop + 2;
    }
    return 0;
}

size_t clnrm_tags_cut(struct clnrm_slice text, size_t from, struct clnrm_tag *tags, size_t max,
                      size_t *lead)
{
    size_t count = 0;
    bool has_raw_end =
        true; /* asked once in vain, it is not asked again: that would take square time */
    size_t at = next_tag(text, from);
    *lead = at - from;
    while (at < text.len && count < max) {
        char kind = text.data[at + 1];
        size_t stop = tag_end(text, at + 2, (char)(kind == '{' ? '}' : kind));
        if (kind == '%' && has_raw_end && behind_word(text, at + 2, "raw")) {
            size_t raw = raw_end(text, stop);
            has_raw_end = raw != 0;
            stop = raw ? raw : stop;
        }
        size_t next = next_tag(text, stop);
        tags[count++] = (struct clnrm_tag){.at = at, .size = stop - at, .gap = next - stop};
        at = next;
    }
    return count;
}

static bool is_same(struct clnrm_slice text, const struct clnrm_tag *a, const struct clnrm_tag *b)
{
    bool is_last = b->at + b->size == text.len; /* nothing can follow: that is no difference */
    return a->size == b->size && ((a->gap == 0) == (b->gap == 0) || is_last) &&
           memcmp(text.data + a->at, text.data + b->at, a->size) == 0;
}

/* Counts the tags from `i` on that are the same as those `period` later. */
static size_t same_from(struct clnrm_slice text, const struct clnrm_tag *tags, size_t count,
                        size_t i, size_t period)
{
    size_t n = 0;
    while (i + n + period < count && is_same(text, &tags[i + n], &tags[i + n + period]))
        n++;
    return n;
}

void clnrm_tags_repeat(struct clnrm_slice text, struct clnrm_tag *tags, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t best = 0, reach = 0;
        for (size_t period = 1; period <= CLNRM_TAGS_PERIOD_MAX && i + period < count; period++) {
            size_t times = same_from(text, tags, count, i, period) / period + 1;
            if (times >= CLNRM_TAGS_COUNT_MIN && times * period > reach)
                best = period, reach = times * period;
        }
        if (!best) {
            i++;
            continue;
        }
        /* Each tag in it may be where they begin for whoever reads them: the first may not be. */
        size_t same = same_from(text, tags, count, i, best);
        for (size_t skip = 0; skip <= same; skip++) {
            size_t times = (same - skip) / best + 1;
            if (times < CLNRM_TAGS_COUNT_MIN)
                break;
            tags[i + skip].period = (uint32_t)best;
            tags[i + skip].count = (uint32_t)times;
        }
        i += reach;
    }
}
