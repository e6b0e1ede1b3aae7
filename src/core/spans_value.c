/* spans_value.c -- values in spans, and attributes: digests that no order of keys changes. */
#include "core/spans_impl.h"

enum {
    DEPTH_MAX = 24,
    PLAIN_MAX = 9999999,
    PORT_MIN = 32768,
    FEW = 24
}; /* engine.trace goes deeper */

void clnrm_spans_add(struct spans_reader *r, const void *data, size_t len)
{
    (void)clnrm_buf_add(&r->bytes, data, len); /* it may hold more than any text has */
}

void clnrm_spans_add_text(struct spans_reader *r, struct clnrm_slice text)
{
    uint32_t len = (uint32_t)text.len;
    clnrm_spans_add(r, &len, sizeof(len));
    clnrm_spans_add(r, text.data, text.len);
}

XXH128_hash_t clnrm_spans_digest(struct spans_reader *r, size_t from)
{
    XXH128_hash_t digest = XXH3_128bits(r->bytes.data + from, r->bytes.len - from);
    r->bytes.len = from;
    return digest;
}

bool clnrm_spans_whole(struct spans_reader *r, int64_t *out)
{
    struct clnrm_slice text;
    clnrm_scan_blank(r->scan);
    if (r->scan->at == r->scan->end || *r->scan->at != '"')
        return clnrm_scan_integer(r->scan, out);
    return clnrm_scan_text(r->scan, &text) && clnrm_scan_digits(text, out);
}

bool clnrm_spans_id(struct clnrm_scan *scan, unsigned char *out, size_t count, bool *is_there)
{
    struct clnrm_slice text;
    unsigned char any = 0;
    if (!clnrm_scan_text(scan, &text))
        return false;
    if (is_there && text.len == 0)
        return true;
    if (text.len != count * 2)
        return false;
    for (size_t i = 0; i < count; i++) {
        unsigned byte = 0;
        for (size_t k = i * 2; k < i * 2 + 2; k++) {
            char c = text.data[k], lower = (char)(c | 0x20);
            bool is_digit = c >= '0' && c <= '9';
            if (!is_digit && (lower < 'a' || lower > 'f'))
                return false;
            byte = byte << 4 | (unsigned)(is_digit ? c - '0' : lower - 'a' + 10);
        }
        out[i] = (unsigned char)byte;
        any |= out[i];
    }
    if (is_there)
        *is_there = any != 0;
    return any != 0 || is_there;
}

bool clnrm_spans_enum(struct clnrm_scan *scan, const char *const *names, int64_t max, int64_t *out)
{
    struct clnrm_slice text;
    clnrm_scan_blank(scan);
    if (scan->at == scan->end || *scan->at != '"')
        return clnrm_scan_integer(scan, out) && *out >= 0 && *out <= max;
    if (!clnrm_scan_text(scan, &text))
        return false;
    for (*out = 0; *out <= max; ++*out)
        if (clnrm_slice_equal(text, clnrm_slice_of(names[*out])))
            return true;
    return false;
}

static bool read_value(struct spans_reader *r, XXH128_hash_t *out);

struct list {
    struct spans_reader *r;
    size_t count;
    bool was_read; /* of an object that has one member alone */
};

static bool visit_item(void *data)
{
    struct list *list = data;
    XXH128_hash_t value;
    if (++list->count > CLNRM_SPANS_LIST_MAX || !read_value(list->r, &value))
        return false;
    clnrm_spans_add(list->r, &value, sizeof(value));
    return true;
}

static bool is_values(struct list *list, struct clnrm_slice key)
{
    bool ok = !list->was_read && clnrm_slice_equal(key, clnrm_slice_of("values"));
    list->was_read = true;
    return ok;
}

static bool visit_array(void *data, struct clnrm_slice key)
{
    struct list *list = data;
    return is_values(list, key) && clnrm_scan_array(list->r->scan, visit_item, list);
}

static bool visit_map(void *data, struct clnrm_slice key)
{
    struct list *list = data;
    XXH128_hash_t digest;
    if (!is_values(list, key) || !clnrm_spans_attributes(list->r, &digest))
        return false;
    clnrm_spans_add(list->r, &digest, sizeof(digest));
    return true;
}

/* Reads `{"values": [...]}`. */
static bool read_composite(struct spans_reader *r, bool is_map)
{
    struct list list = {.r = r};
    r->flags |= CLNRM_SPANS_FREE;
    clnrm_spans_add(r, is_map ? "k" : "a", 1);
    return clnrm_scan_object(r->scan, is_map ? visit_map : visit_array, &list) && list.was_read;
}

static bool read_text(struct spans_reader *r)
{
    struct clnrm_slice text;
    if (!clnrm_scan_text(r->scan, &text))
        return false;
    clnrm_spans_add_free(r, text, true);
    return true;
}

static bool read_whole(struct spans_reader *r)
{
    int64_t whole;
    if (!clnrm_spans_whole(r, &whole))
        return false;
    r->flags |= whole > PLAIN_MAX || whole < -PLAIN_MAX ? CLNRM_SPANS_FREE : 0;
    if (r->depth == 1)
        r->whole = whole;
    clnrm_spans_add(r, "i", 1);
    clnrm_spans_add(r, &whole, sizeof(whole));
    return true;
}

static bool read_boolean(struct spans_reader *r)
{
    bool is_true = clnrm_scan_word(r->scan, "true");
    if (!is_true && !clnrm_scan_word(r->scan, "false"))
        return false;
    clnrm_spans_add(r, is_true ? "t" : "f", 1);
    return true;
}

static bool read_real(struct spans_reader *r)
{
    double real;
    if (!clnrm_scan_real(r->scan, &real))
        return false;
    r->flags |= CLNRM_SPANS_FREE;
    clnrm_spans_add(r, "d", 1);
    clnrm_spans_add(r, &real, sizeof(real));
    return true;
}

static bool read_array(struct spans_reader *r)
{
    return read_composite(r, false);
}

static bool read_map(struct spans_reader *r)
{
    return read_composite(r, true);
}

/* Adds an AnyValue by the name of its form. */
static bool visit_value(void *data, struct clnrm_slice key)
{
    static const struct {
        const char *name, *snake;
        bool (*read)(struct spans_reader *r);
    } forms[] = {
        {"stringValue", "string_value", read_text}, {"intValue", "int_value", read_whole},
        {"boolValue", "bool_value", read_boolean},  {"doubleValue", "double_value", read_real},
        {"arrayValue", "array_value", read_array},  {"kvlistValue", "kvlist_value", read_map},
    };
    struct list *list = data;
    if (list->was_read)
        return false;
    list->was_read = true;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (clnrm_slice_equal(key, clnrm_slice_of(forms[i].name)) ||
            clnrm_slice_equal(key, clnrm_slice_of(forms[i].snake)))
            return forms[i].read(list->r);
    return false;
}

static bool read_value(struct spans_reader *r, XXH128_hash_t *out)
{
    struct list list = {.r = r};
    size_t from = r->bytes.len;
    if (r->depth == DEPTH_MAX)
        return false;
    r->depth++;
    bool ok = clnrm_scan_object(r->scan, visit_value, &list) && list.was_read;
    r->depth--;
    if (ok)
        *out = clnrm_spans_digest(r, from);
    return ok;
}

struct attribute {
    struct spans_reader *r;
    struct clnrm_slice key;
    XXH128_hash_t value;
    bool has_key, has_value;
    unsigned flags, value_flags; /* before it, and of it */
};

static bool visit_attribute(void *data, struct clnrm_slice key)
{
    struct attribute *a = data;
    if (!a->has_key && clnrm_slice_equal(key, clnrm_slice_of("key"))) {
        a->has_key = true;
        return clnrm_scan_text(a->r->scan, &a->key);
    }
    if (a->has_value || !clnrm_slice_equal(key, clnrm_slice_of("value")))
        return false;
    a->has_value = true;
    a->flags = a->r->flags;
    a->r->flags = 0;
    a->r->odd = SPANS_NONE;
    a->r->whole = INT64_MIN;
    bool ok = read_value(a->r, &a->value);
    a->value_flags = a->r->flags;
    a->r->flags |= a->flags;
    return ok;
}

/* What the reader of the file says of a key. */
static unsigned flags_of(const struct spans_reader *r, struct clnrm_slice key)
{
    for (size_t i = 0; i < r->o->key_count; i++)
        if (clnrm_slice_equal(key, r->o->keys[i].key))
            return r->o->keys[i].flags;
    return 0;
}

/* Notes what is replaced in the value of an attribute, by its key as well. */
static bool settle_value(struct spans_reader *r, struct attribute *a)
{
    unsigned flags = flags_of(r, a->key);
    bool is_port = (flags & CLNRM_SPANS_PORT) && r->whole >= PORT_MIN;
    if (r->is_raw || r->depth > 0)
        return true;
    r->flags = a->flags | (flags & CLNRM_SPANS_OWN_WAY);
    if (!(flags & CLNRM_SPANS_VOLATILE) && !is_port) {
        r->flags |= a->value_flags;
        if (r->odd != SPANS_NONE)
            clnrm_spans_mark(r, a->key);
        return true;
    }
    if (!r->o->odds) { /* as it stands, for who compares exactly */
        r->flags |= CLNRM_SPANS_FREE;
        return true;
    }
    struct clnrm_slice text =
        r->odd == SPANS_NONE ? (struct clnrm_slice){0} : r->o->odds->odds[r->odd].text;
    clnrm_spans_mark_whole(r, a->key,
                           text.data ? XXH3_64bits(text.data, text.len) : a->value.low64);
    memset(&a->value, 0xFF, sizeof(a->value)); /* whatever stands there */
    return true;
}

static bool visit_entry(void *data)
{
    struct list *list = data;
    struct spans_reader *r = list->r;
    struct attribute a = {.r = r};
    if (++list->count > CLNRM_SPANS_LIST_MAX || !clnrm_scan_object(r->scan, visit_attribute, &a) ||
        !a.has_key || !a.has_value)
        return false;
    if (!settle_value(r, &a))
        return false;
    if (r->entry_count == r->entry_cap) {
        r->entry_cap = r->entry_cap ? r->entry_cap * 2 : 64;
        r->entries = clnrm_xrealloc(r->entries, r->entry_cap * sizeof(*r->entries));
    }
    r->entries[r->entry_count++] =
        (struct spans_entry){.key = a.key, .value = a.value, .place = (uint32_t)list->count};
    return true;
}

static int compare_entries(const void *x, const void *y)
{
    const struct spans_entry *a = x, *b = y;
    size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = len ? memcmp(a->key.data, b->key.data, len) : 0;
    if (order == 0)
        order = (a->key.len > b->key.len) - (a->key.len < b->key.len);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static void sort(struct spans_entry *entries, size_t count)
{
    if (count > FEW) {
        qsort(entries, count, sizeof(*entries), compare_entries);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct spans_entry one = entries[i];
        size_t at = i;
        for (; at > 0 && compare_entries(&entries[at - 1], &one) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = one;
    }
}

bool clnrm_spans_attributes(struct spans_reader *r, XXH128_hash_t *out)
{
    size_t first = r->entry_count;
    struct list list = {.r = r};
    if (!clnrm_scan_array(r->scan, visit_entry, &list))
        return false;
    size_t count = r->entry_count - first, from = r->bytes.len;
    struct spans_entry *entries = r->entries + first;
    if (count > 1)
        sort(entries, count);
    clnrm_spans_add(r, "l", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && clnrm_slice_equal(entries[i - 1].key, entries[i].key))
            return false; /* the first stands, and nothing of the other is to count */
        clnrm_spans_add_text(r, entries[i].key);
        clnrm_spans_add(r, &entries[i].value, sizeof(entries[i].value));
    }
    *out = clnrm_spans_digest(r, from);
    if (count == 0) /* as if there was no list */
        memset(out, 0, sizeof(*out));
    r->entry_count = first;
    return true;
}
