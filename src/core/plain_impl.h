/* plain_impl.h -- what the files of core/plain share.  Layer: core. */
#ifndef CLNRM_PLAIN_IMPL_H
#define CLNRM_PLAIN_IMPL_H

#include "core/plain.h"

struct clnrm_plain_known {
    struct clnrm_slice text;
    uint32_t slot;
    uint32_t loop; /* slot of the number of its loop's turn; 0: it is set */
};

struct clnrm_plain_block { /* a tag that is open */
    size_t patch;          /* the word that gets the place behind it or its part */
    size_t ends; /* of `if`: the last jump behind all parts, each names the one before; 0: none */
    uint64_t steps; /* of `for`: those before it */
    uint32_t names;
    bool is_for, has_else;
};

struct clnrm_plain_reader {
    struct clnrm_slice s;
    size_t at;
    struct clnrm_plain *out;
    uint64_t steps; /* as engine.template.compile counts them: a loop's turn costs by them */
    struct clnrm_plain_known names[CLNRM_PLAIN_NAMES_MAX];
    struct clnrm_plain_block blocks[CLNRM_PLAIN_DEPTH_MAX];
    uint32_t name_count, depth, loops;
};

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The byte at the place, 0 at the end. */
static inline char here(const struct clnrm_plain_reader *p)
{
    return p->at < p->s.len ? p->s.data[p->at] : 0;
}

static inline struct clnrm_plain_word *word_at(struct clnrm_plain_reader *p, size_t i)
{
    return (struct clnrm_plain_word *)(void *)p->out->words->data + i;
}

static inline size_t next_word(struct clnrm_plain_reader *p)
{
    return p->out->words->len / sizeof(struct clnrm_plain_word);
}

/* Passes over blanks; returns whether there were any. */
bool clnrm_plain_skip(struct clnrm_plain_reader *p);

/* Goes on behind `text`, a name, when it stands there. */
bool clnrm_plain_take(struct clnrm_plain_reader *p, const char *text);
bool clnrm_plain_take_name(struct clnrm_plain_reader *p, struct clnrm_slice *out);

/* Makes room for a word; false: there are too many. */
bool clnrm_plain_grow(struct clnrm_buf *words);

/* Adds a word that counts as `counts` of them; false: there are too many. */
static inline bool add_word(struct clnrm_plain_reader *p, enum clnrm_plain_kind kind, size_t value,
                            size_t size, uint32_t counts)
{
    struct clnrm_buf *b = p->out->words;
    struct clnrm_plain_word word = {.kind = kind, .size = (uint32_t)size, .value = (int64_t)value};
    size_t room = (b->cap < b->max ? b->cap : b->max) - b->len;
    if (room < sizeof(word) && !clnrm_plain_grow(b))
        return false;
    memcpy(b->data + b->len, &word, sizeof(word));
    b->len += sizeof(word);
    p->out->count += counts;
    return true;
}

static inline bool add_int(struct clnrm_plain_reader *p, size_t value)
{
    return add_word(p, CLNRM_PLAIN_INT, value, 0, 1);
}

static inline bool is(struct clnrm_slice name, const char *text)
{
    return clnrm_slice_equal(name, clnrm_slice_of(text));
}

/* Finds what a name means here; NULL: it is one of the context. */
const struct clnrm_plain_known *clnrm_plain_find_name(const struct clnrm_plain_reader *p,
                                                      struct clnrm_slice text);

/* From here on a name means the variable `slot`; `loop`: the slot of the number of its loop's turn,
 * 0 when it is set. */
bool clnrm_plain_add_name(struct clnrm_plain_reader *p, struct clnrm_slice text, uint32_t slot,
                          uint32_t loop);

/* Reads a text, a number, true or false: a word that counts as `counts`. */
bool clnrm_plain_literal(struct clnrm_plain_reader *p, uint32_t counts);

/* Reads a path, what is reckoned of it, or a function, with filters, and counts its steps where
 * compiled code does. */
bool clnrm_plain_expression(struct clnrm_plain_reader *p, bool is_output, bool may_reckon);

/* Reads one comparison or a path: how it is compared, the path, and the other side. */
bool clnrm_plain_condition(struct clnrm_plain_reader *p);

#endif
