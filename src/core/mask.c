/* mask.c -- see mask.h.
 *
 * The first four bytes of a pattern are hashed; a text is looked at by the four bytes at each place,
 * first in a set of bits that stays in the cache, then in the table of patterns.  What a kind passes
 * over is taken out of a copy of the text before, in which letters are small where case does not matter.
 *
 * Of a pattern that holds its own beginning again (one letter many times), the places of a text
 * overlap: what is known of one is used for the next (the z-algorithm), so that no byte is compared
 * with it again and again. */
#include "core/mask.h"

#include "base/base.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

enum { TABLE_BITS = 16, TABLE_SIZE = 1 << TABLE_BITS };
enum { AGAIN_MIN = 64 }; /* bytes that may be compared at each place of a text */

struct pattern {
    char *data;
    size_t len;
    uint32_t next;   /* of the same hash: index + 1 */
    uint32_t *again; /* how many bytes at each place are its beginning; NULL: nowhere AGAIN_MIN */
};

struct patterns {
    struct pattern *list;
    size_t count, cap, longest, with_again;
    uint32_t heads[TABLE_SIZE]; /* index + 1; 0: none */
    uint64_t bits[TABLE_SIZE / 64];
};

struct clnrm_mask {
    struct patterns *kinds[CLNRM_MASK_KINDS]; /* NULL: no pattern of it */
    size_t bytes;
};

struct span {
    size_t from, to;
};

/* What is known of a text and a pattern with `again`: from `from` to `to`, its beginning stands. */
struct window {
    size_t from, to;
};

struct spans {
    struct span *list;
    size_t count, cap;
};

static bool is_passed(enum clnrm_mask_kind kind, unsigned char c)
{
    switch (kind) {
    case CLNRM_MASK_BASE64:
        return c == '\n' || c == '\r';
    case CLNRM_MASK_HEX:
        return c && strchr(" \t\n\r:,-%\\xXuU", c);
    default:
        return false;
    }
}

static char folded(enum clnrm_mask_kind kind, char c)
{
    return kind != CLNRM_MASK_BASE64 && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint32_t hash_of(const char *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof(four));
    return (four * UINT32_C(2654435761)) >> (32 - TABLE_BITS);
}

struct clnrm_mask *clnrm_mask_open(void)
{
    return clnrm_xcalloc(sizeof(struct clnrm_mask));
}

static uint32_t *find_again(const char *p, size_t len)
{
    if (len < AGAIN_MIN)
        return NULL;
    uint32_t *again = clnrm_xmalloc(len * sizeof(*again));
    size_t from = 0, to = 0, max = 0;
    again[0] = (uint32_t)len;
    for (size_t i = 1; i < len; i++) {
        size_t n = 0;
        if (i < to)
            n = again[i - from] < to - i ? again[i - from] : to - i;
        while (i + n < len && p[n] == p[i + n])
            n++;
        if (i + n > to) {
            from = i;
            to = i + n;
        }
        again[i] = (uint32_t)n;
        max = n > max ? n : max;
    }
    if (max >= AGAIN_MIN)
        return again;
    free(again);
    return NULL;
}

static bool has_pattern(const struct patterns *p, struct clnrm_slice s)
{
    for (uint32_t i = p->heads[hash_of(s.data)]; i; i = p->list[i - 1].next)
        if (clnrm_slice_equal((struct clnrm_slice){p->list[i - 1].data, p->list[i - 1].len}, s))
            return true;
    return false;
}

int clnrm_mask_add(struct clnrm_mask *m, enum clnrm_mask_kind kind, struct clnrm_slice pattern)
{
    if (pattern.len < CLNRM_MASK_PATTERN_MIN)
        return -EINVAL;
    for (size_t i = 0; i < pattern.len; i++)
        if (is_passed(kind, (unsigned char)pattern.data[i]))
            return -EINVAL;
    if (pattern.len > CLNRM_MASK_BYTES_MAX - m->bytes)
        return CLNRM_ELIMIT;
    if (!m->kinds[kind])
        m->kinds[kind] = clnrm_xcalloc(sizeof(*m->kinds[kind]));
    struct patterns *p = m->kinds[kind];
    char *data = clnrm_xmemdup(pattern.data, pattern.len);
    for (size_t i = 0; i < pattern.len; i++)
        data[i] = folded(kind, data[i]);
    if (has_pattern(p, (struct clnrm_slice){data, pattern.len})) {
        free(data);
        return 0;
    }
    if (p->count == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 64;
        p->list = clnrm_xrealloc(p->list, p->cap * sizeof(*p->list));
    }
    uint32_t h = hash_of(data);
    uint32_t *again = find_again(data, pattern.len);
    p->list[p->count++] = (struct pattern){data, pattern.len, p->heads[h], again};
    p->with_again += again != NULL;
    p->longest = pattern.len > p->longest ? pattern.len : p->longest;
    p->heads[h] = (uint32_t)p->count;
    p->bits[h / 64] |= UINT64_C(1) << (h % 64);
    m->bytes += pattern.len;
    return 0;
}

static void add_span(struct spans *spans, size_t from, size_t to)
{
    struct span *last = spans->count ? &spans->list[spans->count - 1] : NULL;
    if (last && from >= last->from && from <= last->to) {
        if (to > last->to)
            last->to = to;
        return;
    }
    if (spans->count == spans->cap) {
        spans->cap = spans->cap ? spans->cap * 2 : 16;
        spans->list = clnrm_xrealloc(spans->list, spans->cap * sizeof(*spans->list));
    }
    spans->list[spans->count++] = (struct span){from, to};
}

/* Makes what `stands_at` keeps of a text; NULL when no pattern needs it. */
static struct window *windows_of(const struct patterns *p)
{
    return p->with_again ? clnrm_xcalloc(p->count * sizeof(struct window)) : NULL;
}

/* Says whether the pattern stands at a place of the text, or as much of it as there is text.  Each
 * place that is asked for lies behind the one before. */
static bool stands_at(const struct pattern *one, struct window *w, struct clnrm_slice s, size_t at)
{
    size_t max = s.len - at < one->len ? s.len - at : one->len, n = 0;
    if (!one->again)
        return memcmp(one->data, s.data + at, max) == 0;
    if (at < w->to) {
        n = one->again[at - w->from];
        if (n < w->to - at)
            return n >= max;
        n = w->to - at;
    }
    while (n < max && one->data[n] == s.data[at + n])
        n++;
    *w = (struct window){at, at + n};
    return n >= max;
}

/* Returns the length of the longest pattern at a place of the text, 0 for none. */
static size_t longest_at(const struct patterns *p, struct window *windows, struct clnrm_slice s,
                         size_t at)
{
    size_t best = 0;
    for (uint32_t i = p->heads[hash_of(s.data + at)]; i; i = p->list[i - 1].next) {
        const struct pattern *one = &p->list[i - 1];
        if (one->len > best && one->len <= s.len - at &&
            stands_at(one, windows ? &windows[i - 1] : NULL, s, at))
            best = one->len;
    }
    return best;
}

static bool may_stand_at(const struct patterns *p, struct clnrm_slice s, size_t at)
{
    uint32_t h = hash_of(s.data + at);
    return p->bits[h / 64] >> (h % 64) & 1;
}

/* Finds the patterns of one kind in a text with nothing between their bytes. */
static void find_dense(const struct patterns *p, struct clnrm_slice s, struct spans *spans)
{
    struct window *windows = windows_of(p);
    for (size_t i = 0; i + CLNRM_MASK_PATTERN_MIN <= s.len; i++) {
        size_t len = may_stand_at(p, s, i) ? longest_at(p, windows, s, i) : 0;
        if (len)
            add_span(spans, i, i + len);
    }
    free(windows);
}

/* Finds the patterns of a kind: in a copy without what it passes over, then back. */
static void find(const struct patterns *p, enum clnrm_mask_kind kind, struct clnrm_slice s,
                 struct spans *spans)
{
    char *copy = clnrm_xmalloc(s.len + 1);
    struct spans found = {0};
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        if (!is_passed(kind, (unsigned char)s.data[i]))
            copy[n++] = folded(kind, s.data[i]);
    find_dense(p, (struct clnrm_slice){copy, n}, &found);
    size_t at = 0, kept = 0; /* `kept` bytes of the copy stand before `at` */
    for (size_t k = 0; k < found.count; k++) {
        size_t from = s.len;
        for (; at < s.len && kept < found.list[k].to; at++) {
            if (is_passed(kind, (unsigned char)s.data[at]))
                continue;
            if (kept == found.list[k].from)
                from = at;
            kept++;
        }
        if (from < at)
            add_span(spans, from, at);
    }
    free(found.list);
    free(copy);
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int add_stars(struct clnrm_buf *out, struct clnrm_slice s)
{
    int status = clnrm_buf_reserve(out, s.len);
    for (size_t i = 0; status == 0 && i < s.len; i++) {
        char c = s.data[i];
        status = clnrm_buf_add(out, c == '\n' || c == '\r' ? &c : "*", 1);
    }
    return status;
}

/* Writes the text with the spans, sorted by their beginning, replaced. */
static int replace(struct clnrm_slice s, const struct spans *spans, struct clnrm_slice with,
                   struct clnrm_buf *out)
{
    size_t at = 0;
    int count = 0, status = 0;
    for (size_t i = 0; i < spans->count && status == 0; count++) {
        struct span one = spans->list[i++];
        while (i < spans->count && spans->list[i].from <= one.to) {
            if (spans->list[i].to > one.to)
                one.to = spans->list[i].to;
            i++;
        }
        status = clnrm_buf_add(out, s.data + at, one.from - at);
        if (status == 0)
            status =
                with.data
                    ? clnrm_buf_add(out, with.data, with.len)
                    : add_stars(out, (struct clnrm_slice){s.data + one.from, one.to - one.from});
        at = one.to;
    }
    if (status == 0)
        status = clnrm_buf_add(out, s.data + at, s.len - at);
    return status < 0 ? status : count;
}

int clnrm_mask_apply(const struct clnrm_mask *m, struct clnrm_slice text, struct clnrm_slice with,
                     struct clnrm_buf *out)
{
    struct spans spans = {0};
    for (int kind = 0; kind < CLNRM_MASK_KINDS; kind++) {
        const struct patterns *p = m->kinds[kind];
        if (p)
            find(p, (enum clnrm_mask_kind)kind, text, &spans);
    }
    if (spans.count > 1)
        qsort(spans.list, spans.count, sizeof(*spans.list), compare_spans);
    int status = spans.count ? replace(text, &spans, with, out) : 0;
    free(spans.list);
    return status;
}

static bool begins_at(const struct patterns *p, struct window *windows, struct clnrm_slice s,
                      size_t at)
{
    for (uint32_t i = p->heads[hash_of(s.data + at)]; i; i = p->list[i - 1].next) {
        const struct pattern *one = &p->list[i - 1];
        if (one->len > s.len - at && stands_at(one, windows ? &windows[i - 1] : NULL, s, at))
            return true;
    }
    return false;
}

size_t clnrm_mask_open_end(const struct clnrm_mask *m, struct clnrm_slice text)
{
    const struct patterns *p = m->kinds[CLNRM_MASK_PLAIN];
    if (!p)
        return 0;
    size_t n = text.len < p->longest ? text.len : p->longest, found = 0;
    char *end = clnrm_xmalloc(n + 1);
    for (size_t i = 0; i < n; i++)
        end[i] = folded(CLNRM_MASK_PLAIN, text.data[text.len - n + i]);
    struct window *windows = windows_of(p);
    for (size_t at = 0; !found && at + CLNRM_MASK_PATTERN_MIN <= n; at++)
        if (may_stand_at(p, (struct clnrm_slice){end, n}, at) &&
            begins_at(p, windows, (struct clnrm_slice){end, n}, at))
            found = n - at;
    free(windows);
    free(end);
    return found;
}

void clnrm_mask_close(struct clnrm_mask *m)
{
    for (int kind = 0; m && kind < CLNRM_MASK_KINDS; kind++) {
        struct patterns *p = m->kinds[kind];
        for (size_t i = 0; p && i < p->count; i++) {
            free(p->list[i].data);
            free(p->list[i].again);
        }
        if (p)
            free(p->list);
        free(p);
    }
    free(m);
}
