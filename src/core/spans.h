/* spans.h -- a file of spans (OTLP's JSON) read in one pass, as trees with a digest of each.
 *
 * What is read here is what nearly every sender writes; anything else, wrong or rare, is told as
 * CLNRM_ESYNTAX alone, and engine.trace reads it, or says what is wrong.  Two spans, or two trees,
 * have equal digests exactly when all that is compared of them is equal: not ids and times.
 *
 * Ownership: clnrm_spans_read() hands out an object for clnrm_spans_free(), which the text must
 * outlive.  Threads: one at a time per object.  Layer: core. */
#ifndef CLNRM_SPANS_H
#define CLNRM_SPANS_H

#include <stdint.h>

#include "base/slice.h"

#define CLNRM_SPANS_MAX 200000
#define CLNRM_SPANS_LIST_MAX 4096 /* attributes, events or links of one span */
#define CLNRM_SPANS_DIGEST 16

enum {
    CLNRM_SPANS_OWN_WAY = 1, /* has fields that need names of their own, or a resource to be told */
    CLNRM_SPANS_FREE = 2,    /* has values that may hold ids, times or ports */
    CLNRM_SPANS_VOLATILE = 4, /* of a key: its value does not count */
    CLNRM_SPANS_PORT = 8,     /* of a key: a port that the system gave does not count */
};

/* A text that may hold ids, times or ports. */
struct clnrm_spans_odd {
    struct clnrm_slice text;
    bool is_quoted; /* it is looked at as JSON has it */
};

/* What is compared of it. */
struct clnrm_spans_norm {
    struct clnrm_slice norm;
    const uint64_t *replaced; /* hashes of what was replaced in it */
    uint32_t count;
};

/* Keys of attributes that make a span one of these. */
struct clnrm_spans_key {
    struct clnrm_slice key;
    unsigned flags;
};

struct clnrm_spans_options {
    const struct clnrm_spans_key *keys;
    size_t key_count;
    size_t depth_max;                     /* of spans in each other */
    const struct clnrm_spans *odds;       /* what was read of this text before, or NULL */
    const struct clnrm_spans_norm *norms; /* of each of its odd texts */
};

struct clnrm_span {
    struct clnrm_slice name;
    struct clnrm_slice text; /* its object of JSON */
    int64_t start_ns, end_ns;
    unsigned char trace_id[16], span_id[8], parent_id[8]; /* side by side: two of them are a key */
    unsigned char own[CLNRM_SPANS_DIGEST];                /* of it and its events */
    unsigned char tree[CLNRM_SPANS_DIGEST];               /* and of all below */
    uint32_t source;                                      /* its resource and scope */
    uint32_t place;                                       /* in the text */
    uint32_t marks, mark_count;                           /* what was replaced in it */
    uint32_t parent;                                      /* place in the forest, from 1; 0: none */
    uint32_t extent;                                      /* spans in its tree */
    uint32_t size;                                        /* and events */
    unsigned own_flags, tree_flags;
    bool has_parent, has_events;
    bool is_elsewhere; /* its resource or scope is not that of its parent */
};

struct clnrm_spans_source {
    struct clnrm_slice resource, scope; /* objects of JSON; NULL: not there */
    unsigned char digest[CLNRM_SPANS_DIGEST];
    bool is_empty; /* says nothing */
};

struct clnrm_spans; /* opaque */

struct clnrm_spans_told {
    uint32_t orphans, cycles, twins; /* as engine.trace.tree tells them */
    int64_t from_ns, to_ns;          /* when there are spans */
    bool has_free;                   /* one has CLNRM_SPANS_FREE */
};

/* Stores the spans in `*out`.  Returns 0, or CLNRM_ESYNTAX: engine.trace is to read it; then `*out`
 * is untouched. */
int clnrm_spans_read(struct clnrm_slice text, const struct clnrm_spans_options *o,
                     struct clnrm_spans **out);

/* Consumes `spans` (may be NULL). */
void clnrm_spans_free(struct clnrm_spans *spans);

/* The spans, parents before their children, trees and children by their beginning. */
const struct clnrm_span *clnrm_spans_list(const struct clnrm_spans *spans, uint32_t *count);
const struct clnrm_spans_source *clnrm_spans_source(const struct clnrm_spans *spans,
                                                    uint32_t source);
void clnrm_spans_tell(const struct clnrm_spans *spans, struct clnrm_spans_told *out);

/* The texts that may hold ids, times or ports.  With a norm for each, the text is read once more:
 * then their spans have digests like all others. */
const struct clnrm_spans_odd *clnrm_spans_odds(const struct clnrm_spans *spans, uint32_t *count);

/* Counts the places in which two spans of equal digests differ by what was replaced alone; `whole`:
 * in their events, too.  -1: it must be looked at. */
int64_t clnrm_spans_ignored(const struct clnrm_spans *spans, const struct clnrm_span *a,
                            const struct clnrm_spans *other, const struct clnrm_span *b,
                            bool whole);

/* Whether no span in two trees of equal digests takes longer or shorter than its other one, by more
 * than `noise_ms` and by more than the `ratio` of the longer time. */
bool clnrm_spans_same_times(const struct clnrm_span *a, const struct clnrm_span *b, double noise_ms,
                            double ratio);

/* Whether engine.diff.normal replaces nothing in a text, as it stands or quoted as in JSON.  False
 * says nothing. */
bool clnrm_spans_is_plain(struct clnrm_slice text);

#endif
