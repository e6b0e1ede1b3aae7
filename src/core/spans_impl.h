/* spans_impl.h -- what the files of core/spans.h share.  Layer: core. */
#ifndef CLNRM_SPANS_IMPL_H
#define CLNRM_SPANS_IMPL_H

#include <xxhash.h>

#include "base/base.h"
#include "core/json_scan.h"
#include "core/spans.h"

/* What was replaced in one field of a span. */
struct spans_mark {
    uint64_t field;
    uint64_t hash;        /* of the value, where it is replaced as a whole */
    uint32_t event;       /* from 1; 0: the span's own */
    uint32_t from, count; /* in `replaced`; SPANS_WHOLE: see `hash` */
};

#define SPANS_WHOLE UINT32_MAX
#define SPANS_NONE UINT32_MAX

struct clnrm_spans {
    struct clnrm_spans_odd *odds;
    uint32_t odd_count, odd_cap, slot_count;
    uint32_t *slots; /* of odd texts by their hash; from 1 */
    struct spans_mark *marks;
    uint32_t mark_count, mark_cap;
    uint64_t *replaced;
    uint32_t replaced_count, replaced_cap;
    struct clnrm_scan scan; /* holds the decoded texts */
    struct clnrm_span *list;
    uint32_t count, cap;
    struct clnrm_spans_source *sources;
    uint32_t source_count, source_cap;
    struct clnrm_spans_told told;
};

/* An entry of a list of keys and values. */
struct spans_entry {
    struct clnrm_slice key;
    XXH128_hash_t value;
    uint32_t place;
};

struct spans_reader {
    struct clnrm_spans *out;
    struct clnrm_scan *scan;
    const struct clnrm_spans_options *o;
    struct spans_entry *entries; /* of the lists that are being read, one behind the other */
    size_t entry_count, entry_cap;
    struct clnrm_buf bytes; /* what is to be digested */
    unsigned flags;         /* CLNRM_SPANS_* of what is being read */
    int depth;              /* of values in each other */
    bool is_raw;            /* it is compared within this file alone */
    uint32_t event;         /* from 1 */
    uint32_t marks;         /* where those of this span begin */
    uint32_t odd;           /* place of the odd text that was read last */
    int64_t whole;          /* the number that was read last; INT64_MIN: another value was */
};

/* The kernel's, per process: nobody can write a file whose texts all collide. */
uint64_t clnrm_spans_seed(void);

/* Adds what spans may come from; tells its place. */
uint32_t clnrm_spans_add_source(struct clnrm_spans *out);

/* Settles it when its resource and its scope are known. */
void clnrm_spans_set_source(struct clnrm_spans *out, uint32_t source, const XXH128_hash_t *resource,
                            const XXH128_hash_t *scope);

/* Reads a list of attributes; tells its digest. */
bool clnrm_spans_attributes(struct spans_reader *r, XXH128_hash_t *out);

/* Reads a whole number: as such, or as a text of digits. */
bool clnrm_spans_whole(struct spans_reader *r, int64_t *out);

/* Reads an id of `count` bytes; `is_there` NULL: there must be one. */
bool clnrm_spans_id(struct clnrm_scan *scan, unsigned char *out, size_t count, bool *is_there);

/* Reads an enum from 0 to `max`: by its number, or by its name. */
bool clnrm_spans_enum(struct clnrm_scan *scan, const char *const *names, int64_t max, int64_t *out);

/* Adds to what is to be digested. */
void clnrm_spans_add(struct spans_reader *r, const void *data, size_t len);

/* The same, with the length before it. */
void clnrm_spans_add_text(struct spans_reader *r, struct clnrm_slice text);

/* Adds a text that programs wrote, as it is compared. */
void clnrm_spans_add_free(struct spans_reader *r, struct clnrm_slice text, bool is_quoted);

/* Notes what was replaced in the field that was read last. */
void clnrm_spans_mark(struct spans_reader *r, struct clnrm_slice key);

/* Notes that the value of a field is replaced as a whole. */
void clnrm_spans_mark_whole(struct spans_reader *r, struct clnrm_slice key, uint64_t hash);

/* Puts the marks of a span, from `from` on, in an order that is the same whatever that of keys. */
void clnrm_spans_sort_marks(struct clnrm_spans *spans, uint32_t from);

/* Tells the digest of what was added since `from`, and drops it. */
XXH128_hash_t clnrm_spans_digest(struct spans_reader *r, size_t from);

/* Puts the spans in the order of the forest and fills in what hangs on that.  False: some are
 * deeper than `depth_max`. */
bool clnrm_spans_plant(struct clnrm_spans *spans, size_t depth_max);

#endif
