/* toml_shape_impl.h -- the parts of a shape.  Private to core/toml_shape*.c.  Layer: core. */
#ifndef CLNRM_TOML_SHAPE_IMPL_H
#define CLNRM_TOML_SHAPE_IMPL_H

#include "core/toml_shape.h"

enum { CLNRM_SHAPE_NONE = 0xffff, CLNRM_SHAPE_BUCKETS = 32, CLNRM_SHAPE_SLOTS = 64 };

enum clnrm_shape_kind {
    CLNRM_SHAPE_TEXT,
    CLNRM_SHAPE_INTEGER,
    CLNRM_SHAPE_NUMBER,
    CLNRM_SHAPE_BOOLEAN,
    CLNRM_SHAPE_WORD,
    CLNRM_SHAPE_DURATION,
    CLNRM_SHAPE_REGEX,
    CLNRM_SHAPE_COMMAND,
    CLNRM_SHAPE_PORT,
    CLNRM_SHAPE_TIME,
    CLNRM_SHAPE_ANY,
    CLNRM_SHAPE_LIST,
    CLNRM_SHAPE_MAP,
    CLNRM_SHAPE_EITHER,
    CLNRM_SHAPE_RECORD,
};

/* One run of characters of a form: so many of a set, and as many as there are. */
struct clnrm_shape_run {
    uint64_t set[4]; /* by bytes */
    bool is_many, is_optional;
};

/* What a text may be: runs one behind the other. */
struct clnrm_shape_form {
    uint16_t first, count; /* runs */
    uint16_t asks;         /* bit that must be given when the text is of this form, or NONE */
};

enum clnrm_shape_when {
    CLNRM_SHAPE_ALWAYS,
    CLNRM_SHAPE_IF_TRUE,
    CLNRM_SHAPE_IF_TEXT,
    CLNRM_SHAPE_IF_FALSE,
    CLNRM_SHAPE_IF_ONE, /* one value, or a list of one */
};

/* What a key has to do with others, as bits that a record around it owns. */
enum clnrm_shape_op {
    CLNRM_SHAPE_SAYS,  /* no other key may say it, too */
    CLNRM_SHAPE_GIVES, /* it is there */
    CLNRM_SHAPE_ASKS,  /* it must be there */
    CLNRM_SHAPE_BARS,  /* it must not be there */
};

struct clnrm_shape_rule {
    uint8_t when, op, bit;
};

struct clnrm_shape_key {
    struct clnrm_slice name;
    uint16_t type, mark, also, next; /* also: another mark; next: in its bucket */
    uint16_t rule_first, rule_count;
    uint8_t slot, beside; /* another slot that must be filled, or SLOTS */
    bool is_rendered;
};

struct clnrm_shape_type {
    uint8_t kind;
    bool has_nul, is_single, is_earlier, is_plain, is_literal, has_values, is_text;
    char until;
    int64_t min, max, unit;
    double least, most;
    uint16_t form_first, form_count, word_first,
        word_count; /* words: allowed, or not to begin so */
    uint16_t item, key, choice[CLNRM_TOML_TABLE + 1];
    uint16_t set, outside, refers;                       /* sets */
    uint16_t padded, repeated, empty, blank, unreferred; /* marks */
    uint64_t pairs[4]; /* bytes that are neither first, last, nor side by side */
    bool has_pairs;
    uint64_t owns, needs, required; /* bits, bits, slots */
    uint64_t clears;                /* sets */
    uint16_t buckets[CLNRM_SHAPE_BUCKETS];
};

struct clnrm_shape {
    char *text; /* what names point into */
    struct clnrm_shape_type *types;
    struct clnrm_shape_key *keys;
    struct clnrm_shape_form *forms;
    struct clnrm_shape_run *runs;
    struct clnrm_shape_rule *rules;
    struct clnrm_slice *words;
    char **marks; /* names */
    uint32_t type_count, key_count, form_count, run_count, rule_count, word_count, mark_count;
    uint32_t values_max;
    uint16_t unreferred[CLNRM_SHAPE_SETS_MAX]; /* mark when a member is not referred to */
};

/* Reads the text of a shape. */
struct clnrm_shape_reader {
    struct clnrm_shape *shape;
    char *at, *end;
    bool is_full;
};

/* Makes room for one more part of `*(void **)array`; NULL: there are too many. */
void *clnrm_shape_add_part(struct clnrm_shape_reader *r, void *array, uint32_t *count, size_t size,
                           uint32_t max);

/* Cuts the next word off; stores whether it was the last of its line. */
char *clnrm_shape_next_word(struct clnrm_shape_reader *r, bool *is_last);

/* Puts bytes in the place of each %XX. */
bool clnrm_shape_decode(char *value, struct clnrm_slice *out);

/* Reads a number below `max`. */
bool clnrm_shape_read_number(const char *value, uint32_t max, uint16_t *out);

/* Store the attributes of a line. */
bool clnrm_shape_store_type(struct clnrm_shape_reader *r, struct clnrm_shape_type *type,
                            bool is_last);
bool clnrm_shape_store_key(struct clnrm_shape_reader *r, struct clnrm_shape_key *key, bool is_last);

static inline unsigned clnrm_shape_bucket(const char *name, size_t len)
{
    return len ? ((unsigned char)name[0] * 7u + (unsigned char)name[len - 1] + (unsigned)len * 5u) %
                     CLNRM_SHAPE_BUCKETS
               : 0;
}

static inline bool clnrm_shape_in_set(const uint64_t set[4], unsigned char c)
{
    return set[c >> 6] >> (c & 63) & 1;
}

/* Whether a text is of one of the forms of a type; stores which one. */
bool clnrm_shape_form_fits(const struct clnrm_shape *shape, const struct clnrm_shape_type *type,
                           struct clnrm_slice text, const struct clnrm_shape_form **form);

/* Reads "10s", "1m30s", as lua/engine/model/duration.lua does; -1: it is none. */
int64_t clnrm_shape_duration(struct clnrm_slice text);

/* Whether an expression is right; stores whether it may match the empty text. */
bool clnrm_shape_regex_fits(struct clnrm_slice pattern, bool *is_empty);

/* Reads "80" or "8080:80"; `*outside` is -1 without one. */
bool clnrm_shape_port(struct clnrm_slice text, int64_t *inside, int64_t *outside);

struct clnrm_shape_member { /* of a set */
    uint64_t generation, hash;
    uint32_t at, len, owner; /* bytes; the node that it is a member for */
    uint16_t set;
    bool is_referred;
};

struct clnrm_shape_reference { /* to what may come later */
    uint32_t at, len;
    uint16_t set;
};

/* One walk. */
struct clnrm_shape_walk {
    const struct clnrm_shape *shape;
    const struct clnrm_toml_doc *doc;
    struct clnrm_toml_walk *kept;
    uint64_t said, asked, barred;
    uint64_t generation[CLNRM_SHAPE_SETS_MAX];
    uint32_t owner; /* the item of a list or a map that is looked at */
    bool is_rendered;
};

static inline void clnrm_shape_set_mark(struct clnrm_shape_walk *w, uint16_t id)
{
    if (id != CLNRM_SHAPE_NONE)
        w->kept->marks[id >> 6] |= UINT64_C(1) << (id & 63);
}

static inline struct clnrm_slice clnrm_shape_text(const struct clnrm_shape_walk *w,
                                                  const struct clnrm_toml_node *node)
{
    return (struct clnrm_slice){clnrm_toml_bytes(w->doc, node->value.string.at),
                                node->value.string.len};
}

/* Clears sets, by their bits. */
void clnrm_shape_clear_sets(struct clnrm_shape_walk *w, uint64_t sets);

/* Add to a set.  Return whether it is new there. */
bool clnrm_shape_add_text(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len);
bool clnrm_shape_add_number(struct clnrm_shape_walk *w, uint16_t set, int64_t number);

/* Whether a text is a member of a set already, and another item than this one brought it. */
bool clnrm_shape_is_earlier(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len);

/* Notes that a text refers to a member of a set, which may come later. */
void clnrm_shape_add_reference(struct clnrm_shape_walk *w, uint16_t set, uint32_t at, uint32_t len);

/* Whether all that was referred to is there; marks what nothing refers to. */
bool clnrm_shape_settle(struct clnrm_shape_walk *w);

/* Whether the bytes of a text or of a key are right; whether a text has nothing but blanks. */
bool clnrm_shape_bytes_fit(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                           uint32_t at, uint32_t len);
bool clnrm_shape_is_blank(struct clnrm_slice text);
bool clnrm_shape_has_blank(struct clnrm_slice text);

/* Whether a value without parts fits a type that has none. */
bool clnrm_shape_value_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                            const struct clnrm_toml_node *node);

#endif
