/* spans_tree.c -- spans as a forest, in the order of engine.trace.tree, with digests of trees. */
#include "core/spans_impl.h"

#include <sys/auxv.h>

enum { KEY = 24 }; /* an id of a trace and one of a span */

struct planting {
    struct clnrm_span *list;
    uint32_t count;
    uint32_t *parents;  /* by place; from 1 */
    uint32_t *starts;   /* children of each: where they start in `children`; one more at the end */
    uint32_t *children; /* behind those of all spans: the roots */
};

uint64_t clnrm_spans_seed(void)
{
    uint64_t seed;
    memcpy(&seed, (const void *)getauxval(AT_RANDOM), sizeof(seed));
    return seed;
}

static uint64_t hash_of(const unsigned char *trace_id, const unsigned char *span_id)
{
    unsigned char key[KEY];
    memcpy(key, trace_id, 16);
    memcpy(key + 16, span_id, 8);
    return XXH3_64bits_withSeed(key, KEY, clnrm_spans_seed());
}

/* Finds the slot of an id: the one that holds it, or the free one where it belongs. */
static uint32_t *find_slot(const struct planting *p, uint32_t *slots, uint32_t mask,
                           const unsigned char *trace_id, const unsigned char *span_id)
{
    uint32_t at = (uint32_t)hash_of(trace_id, span_id) & mask;
    while (slots[at]) {
        const struct clnrm_span *one = &p->list[slots[at] - 1];
        if (memcmp(one->span_id, span_id, 8) == 0 && memcmp(one->trace_id, trace_id, 16) == 0)
            break;
        at = (at + 1) & mask;
    }
    return &slots[at];
}

static void find_parents(struct planting *p, struct clnrm_spans_told *told)
{
    uint32_t size = 16;
    while (size < p->count * 2)
        size *= 2;
    uint32_t *slots = clnrm_xcalloc(size * sizeof(*slots));
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t *slot = find_slot(p, slots, size - 1, p->list[i].trace_id, p->list[i].span_id);
        told->twins += *slot != 0;
        *slot = *slot ? *slot : i + 1;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const struct clnrm_span *one = &p->list[i];
        if (!one->has_parent)
            continue;
        p->parents[i] = *find_slot(p, slots, size - 1, one->trace_id, one->parent_id);
        told->orphans += p->parents[i] == 0;
    }
    free(slots);
}

static int compare(const struct clnrm_span *a, const struct clnrm_span *b)
{
    size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    int order = len ? memcmp(a->name.data, b->name.data, len) : 0;
    if (order == 0)
        order = (a->name.len > b->name.len) - (a->name.len < b->name.len);
    if (order == 0)
        order = memcmp(a->trace_id, b->trace_id, 16);
    if (order == 0)
        order = memcmp(a->span_id, b->span_id, 8);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* Breaks each ring of parents at the span that began first. */
static void break_rings(struct planting *p, struct clnrm_spans_told *told)
{
    uint32_t *walk = clnrm_xcalloc(p->count * sizeof(*walk)); /* from 1: which one came by */
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t at = i + 1;
        while (at && walk[at - 1] == 0) {
            walk[at - 1] = i + 1;
            at = p->parents[at - 1];
        }
        if (!at || walk[at - 1] != i + 1)
            continue;
        uint32_t first = at;
        for (uint32_t one = p->parents[at - 1]; one != at; one = p->parents[one - 1])
            first = compare(&p->list[one - 1], &p->list[first - 1]) < 0 ? one : first;
        p->parents[first - 1] = 0;
        told->cycles++;
    }
    free(walk);
}

static int compare_places(const void *x, const void *y, void *data)
{
    const struct clnrm_span *list = data;
    return compare(&list[*(const uint32_t *)x], &list[*(const uint32_t *)y]);
}

/* Lists the children of each span, and behind them the roots, by their beginning. */
static void list_children(struct planting *p)
{
    uint32_t n = p->count;
    for (uint32_t i = 0; i < n; i++)
        p->starts[p->parents[i] ? p->parents[i] : n + 1]++; /* one behind: then they are ends */
    for (uint32_t i = 1; i <= n + 1; i++)
        p->starts[i] += p->starts[i - 1];
    for (uint32_t i = n; i-- > 0;)
        p->children[--p->starts[p->parents[i] ? p->parents[i] : n + 1]] = i;
    for (uint32_t i = 1; i <= n + 1; i++) {
        uint32_t from = p->starts[i], to = i <= n ? p->starts[i + 1] : n;
        bool is_sorted = true;
        for (uint32_t k = from; is_sorted && k + 1 < to; k++)
            is_sorted = compare(&p->list[p->children[k]], &p->list[p->children[k + 1]]) < 0;
        if (!is_sorted)
            qsort_r(p->children + from, to - from, sizeof(*p->children), compare_places, p->list);
    }
}

struct step {
    uint32_t at, end, parent; /* children that are left, and whose they are */
};

/* Puts the spans in the order of the forest. */
static bool order(const struct planting *p, struct clnrm_span *out, size_t depth_max)
{
    struct step *stack = clnrm_xmalloc((depth_max + 1) * sizeof(*stack));
    uint32_t done = 0;
    size_t depth = 0;
    bool ok = true;
    stack[0] = (struct step){p->starts[p->count + 1], p->count, 0};
    for (;;) {
        struct step *top = &stack[depth];
        if (top->at == top->end) {
            if (depth-- == 0)
                break;
            continue;
        }
        uint32_t i = p->children[top->at++];
        if (depth == depth_max) {
            ok = false;
            break;
        }
        out[done] = p->list[i];
        out[done++].parent = top->parent;
        stack[++depth] = (struct step){p->starts[i + 1], p->starts[i + 2], done};
    }
    free(stack);
    return ok;
}

/* Adds up what hangs below each span, from the last one on. */
static void add_up(struct clnrm_spans *spans)
{
    struct clnrm_span *list = spans->list;
    unsigned char pair[1 + 2 * CLNRM_SPANS_DIGEST] = {'T'};
    for (uint32_t i = 0; i < spans->count; i++) {
        struct clnrm_span *one = &list[i];
        const struct clnrm_spans_source *source = &spans->sources[one->source];
        one->is_elsewhere =
            !one->parent ||
            memcmp(source->digest, spans->sources[list[one->parent - 1].source].digest,
                   sizeof(source->digest)) != 0;
        if (one->is_elsewhere && !source->is_empty)
            one->own_flags |= CLNRM_SPANS_OWN_WAY;
        one->tree_flags = one->own_flags;
        if (one->own_flags & CLNRM_SPANS_FREE)
            spans->told.has_free = true;
        one->extent = 1;
        memcpy(one->tree, one->own, sizeof(one->tree));
    }
    for (uint32_t i = spans->count; i-- > 0;) {
        const struct clnrm_span *one = &list[i];
        if (!one->parent)
            continue;
        struct clnrm_span *parent = &list[one->parent - 1];
        parent->tree_flags |= one->tree_flags;
        parent->extent += one->extent;
        parent->size += one->size;
        memcpy(pair + 1, parent->tree, CLNRM_SPANS_DIGEST);
        memcpy(pair + 1 + CLNRM_SPANS_DIGEST, one->tree, CLNRM_SPANS_DIGEST);
        XXH128_hash_t digest = XXH3_128bits(pair, sizeof(pair));
        memcpy(parent->tree, &digest, sizeof(digest));
    }
}

uint32_t clnrm_spans_add_source(struct clnrm_spans *out)
{
    if (out->source_count == out->source_cap) {
        out->source_cap = out->source_cap ? out->source_cap * 2 : 16;
        out->sources = clnrm_xrealloc(out->sources, out->source_cap * sizeof(*out->sources));
    }
    memset(&out->sources[out->source_count], 0, sizeof(*out->sources));
    return out->source_count++;
}

void clnrm_spans_set_source(struct clnrm_spans *out, uint32_t source, const XXH128_hash_t *resource,
                            const XXH128_hash_t *scope)
{
    static const XXH128_hash_t nothing;
    XXH128_hash_t pair[2] = {*resource, *scope};
    XXH128_hash_t digest = XXH3_128bits(pair, sizeof(pair));
    memcpy(out->sources[source].digest, &digest, sizeof(digest));
    out->sources[source].is_empty =
        XXH128_isEqual(*resource, nothing) && XXH128_isEqual(*scope, nothing);
}

bool clnrm_spans_plant(struct clnrm_spans *spans, size_t depth_max)
{
    uint32_t n = spans->count;
    if (n == 0)
        return true;
    struct planting p = {
        .list = spans->list,
        .count = n,
        .parents = clnrm_xcalloc(n * sizeof(uint32_t)),
        .starts = clnrm_xcalloc((n + 3) * sizeof(uint32_t)),
        .children = clnrm_xmalloc(n * sizeof(uint32_t)),
    };
    find_parents(&p, &spans->told);
    break_rings(&p, &spans->told);
    list_children(&p);
    struct clnrm_span *list = clnrm_xmalloc(n * sizeof(*list));
    bool ok = order(&p, list, depth_max);
    free(spans->list);
    spans->list = list;
    free(p.parents);
    free(p.starts);
    free(p.children);
    if (!ok)
        return false;
    spans->told.from_ns = INT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        int64_t last = list[i].end_ns > list[i].start_ns ? list[i].end_ns : list[i].start_ns;
        if (list[i].start_ns < spans->told.from_ns)
            spans->told.from_ns = list[i].start_ns;
        if (last > spans->told.to_ns)
            spans->told.to_ns = last;
    }
    add_up(spans);
    return true;
}

void clnrm_spans_free(struct clnrm_spans *spans)
{
    if (!spans)
        return;
    clnrm_scan_close(&spans->scan);
    free(spans->list);
    free(spans->sources);
    free(spans->odds);
    free(spans->slots);
    free(spans->marks);
    free(spans->replaced);
    free(spans);
}

const struct clnrm_span *clnrm_spans_list(const struct clnrm_spans *spans, uint32_t *count)
{
    *count = spans->count;
    return spans->list;
}

const struct clnrm_spans_source *clnrm_spans_source(const struct clnrm_spans *spans,
                                                    uint32_t source)
{
    return &spans->sources[source];
}

void clnrm_spans_tell(const struct clnrm_spans *spans, struct clnrm_spans_told *out)
{
    *out = spans->told;
}

bool clnrm_spans_same_times(const struct clnrm_span *a, const struct clnrm_span *b, double noise_ms,
                            double ratio)
{
    uint32_t count = a->extent < b->extent ? a->extent : b->extent;
    for (uint32_t i = 0; i < count; i++) {
        double x = (double)(a[i].end_ns - a[i].start_ns) / 1e6;
        double y = (double)(b[i].end_ns - b[i].start_ns) / 1e6;
        double differs = x < y ? y - x : x - y;
        if (a[i].end_ns != 0 && b[i].end_ns != 0 && differs > noise_ms &&
            differs > (x < y ? y : x) * ratio)
            return false;
    }
    return true;
}
