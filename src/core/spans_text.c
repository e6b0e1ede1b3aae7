/* spans_text.c -- texts in spans that may hold ids, times or ports, and what was replaced. */
#include "core/spans_impl.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_unit(char c)
{
    return c == 'm' || c == 'u' || c == 'n' || c == 's' || c == '\xC2';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether `text` has at `at`, before a blank, `=` or `:`, the end of "port" or "pid". */
static bool names_number(struct clnrm_slice text, size_t at)
{
    const char *end = text.data + at;
    return (at >= 3 && memcmp(end - 3, "ort", 3) == 0) ||
           (at >= 2 && (end[-1] | 0x20) == 'd' && (end[-2] | 0x20) == 'i');
}

bool clnrm_spans_is_plain(struct clnrm_slice text)
{
    bool has_digit = false, is_odd = false;
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        char next = i + 1 < text.len ? text.data[i + 1] : '\0';
        if (c == '<' || (unsigned char)c < 0x20) /* what stands for a time; what JSON escapes */
            return false;
        run = is_hex(c) ? run + 1 : 0;
        is_odd = is_odd || run == 8 || (c == ':' && is_digit(next));
        if (is_digit(c)) {
            has_digit = true;
            is_odd = is_odd || is_unit(next) ||
                     (next == ' ' && i + 2 < text.len && is_unit(text.data[i + 2]));
        } else if (c == ' ' || c == '=' || c == ':') {
            is_odd = is_odd || names_number(text, i);
        }
    }
    return !(has_digit && is_odd);
}

static bool is_odd(const struct clnrm_spans_odd *odd, struct clnrm_slice text, bool is_quoted)
{
    return odd->is_quoted == is_quoted && clnrm_slice_equal(odd->text, text);
}

/* Finds the slot of an odd text: the one that holds it, or the free one where it belongs. */
static uint32_t *find_slot(const struct clnrm_spans *spans, struct clnrm_slice text, bool is_quoted)
{
    uint32_t mask = spans->slot_count - 1;
    uint32_t at = (uint32_t)XXH3_64bits_withSeed(text.data, text.len, clnrm_spans_seed()) & mask;
    while (spans->slots[at] && !is_odd(&spans->odds[spans->slots[at] - 1], text, is_quoted))
        at = (at + 1) & mask;
    return &spans->slots[at];
}

static void grow(struct clnrm_spans *spans)
{
    spans->odd_cap = spans->odd_cap ? spans->odd_cap * 2 : 64;
    spans->odds = clnrm_xrealloc(spans->odds, spans->odd_cap * sizeof(*spans->odds));
    free(spans->slots);
    spans->slot_count = spans->odd_cap * 2;
    spans->slots = clnrm_xcalloc(spans->slot_count * sizeof(*spans->slots));
    for (uint32_t i = 0; i < spans->odd_count; i++)
        *find_slot(spans, spans->odds[i].text, spans->odds[i].is_quoted) = i + 1;
}

static void add_odd(struct clnrm_spans *spans, struct clnrm_slice text, bool is_quoted)
{
    if (spans->odd_count == spans->odd_cap)
        grow(spans);
    uint32_t *slot = find_slot(spans, text, is_quoted);
    if (*slot)
        return;
    spans->odds[spans->odd_count++] = (struct clnrm_spans_odd){text, is_quoted};
    *slot = spans->odd_count;
}

void clnrm_spans_add_free(struct spans_reader *r, struct clnrm_slice text, bool is_quoted)
{
    const struct clnrm_spans *odds = r->o->odds;
    r->odd = SPANS_NONE;
    if (!r->is_raw && !clnrm_spans_is_plain(text)) {
        bool is_looked_at = r->depth <= 1; /* what is in lists is the business of Lua as a whole */
        uint32_t found =
            is_looked_at && odds && odds->odd_count ? *find_slot(odds, text, is_quoted) : 0;
        if (found) {
            r->odd = found - 1;
            clnrm_spans_add(r, "n", 1);
            clnrm_spans_add_text(r, r->o->norms[r->odd].norm);
            return;
        }
        r->flags |= CLNRM_SPANS_FREE;
        if (!odds && is_looked_at)
            add_odd(r->out, text, is_quoted);
    }
    clnrm_spans_add(r, "s", 1);
    clnrm_spans_add_text(r, text);
}

static struct spans_mark *add_mark(struct spans_reader *r, struct clnrm_slice key)
{
    struct clnrm_spans *out = r->out;
    if (out->mark_count == out->mark_cap) {
        out->mark_cap = out->mark_cap ? out->mark_cap * 2 : 64;
        out->marks = clnrm_xrealloc(out->marks, out->mark_cap * sizeof(*out->marks));
    }
    struct spans_mark *mark = &out->marks[out->mark_count++];
    *mark = (struct spans_mark){.field = XXH3_64bits(key.data, key.len), .event = r->event};
    return mark;
}

void clnrm_spans_mark(struct spans_reader *r, struct clnrm_slice key)
{
    const struct clnrm_spans_norm *norm = &r->o->norms[r->odd];
    struct clnrm_spans *out = r->out;
    struct spans_mark *mark = add_mark(r, key);
    mark->from = out->replaced_count;
    mark->count = norm->count;
    for (uint32_t i = 0; i < norm->count; i++) {
        if (out->replaced_count == out->replaced_cap) {
            out->replaced_cap = out->replaced_cap ? out->replaced_cap * 2 : 64;
            out->replaced =
                clnrm_xrealloc(out->replaced, out->replaced_cap * sizeof(*out->replaced));
        }
        out->replaced[out->replaced_count++] = norm->replaced[i];
    }
}

void clnrm_spans_mark_whole(struct spans_reader *r, struct clnrm_slice key, uint64_t hash)
{
    struct spans_mark *mark = add_mark(r, key);
    mark->hash = hash;
    mark->count = SPANS_WHOLE;
}

static int compare_marks(const void *x, const void *y)
{
    const struct spans_mark *a = x, *b = y;
    if (a->event != b->event)
        return a->event < b->event ? -1 : 1;
    return (a->field > b->field) - (a->field < b->field);
}

void clnrm_spans_sort_marks(struct clnrm_spans *spans, uint32_t from)
{
    if (spans->mark_count - from > 1)
        qsort(spans->marks + from, spans->mark_count - from, sizeof(*spans->marks), compare_marks);
}

const struct clnrm_spans_odd *clnrm_spans_odds(const struct clnrm_spans *spans, uint32_t *count)
{
    *count = spans->odd_count;
    return spans->odds;
}

int64_t clnrm_spans_ignored(const struct clnrm_spans *spans, const struct clnrm_span *a,
                            const struct clnrm_spans *other, const struct clnrm_span *b, bool whole)
{
    int64_t ignored = 0;
    if (a->mark_count != b->mark_count)
        return -1;
    for (uint32_t i = 0; i < a->mark_count; i++) {
        const struct spans_mark *x = &spans->marks[a->marks + i];
        const struct spans_mark *y = &other->marks[b->marks + i];
        if (x->field != y->field || x->event != y->event || x->count != y->count)
            return -1;
        if (x->event && !whole)
            continue;
        if (x->count == SPANS_WHOLE)
            ignored += x->hash != y->hash;
        for (uint32_t k = 0; x->count != SPANS_WHOLE && k < x->count; k++)
            ignored += spans->replaced[x->from + k] != other->replaced[y->from + k];
    }
    return ignored;
}
