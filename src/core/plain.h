/* plain.h -- reads a template that is plain, in one pass, to a program of words.
 *
 * Plain is a part of what lua/engine/template reads, and means the same there: outputs of paths
 * and of functions with filters, all arguments of which are literals, a path and a number that are
 * reckoned with, `if` with one comparison, `for`, `set` outside of both, and comments.  Where anything else stands, or anything is wrong, the template is not plain,
 * and nothing is said of it.  lua/engine/template/direct.lua runs the program and describes it.
 *
 * Pure.  Layer: core. */
#ifndef CLNRM_PLAIN_H
#define CLNRM_PLAIN_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

#define CLNRM_PLAIN_TAGS_MAX 10000u /* of one template */
#define CLNRM_PLAIN_NAMES_MAX 64u   /* variables and values of loops at one place */
#define CLNRM_PLAIN_STEPS_MAX                                                                      \
    12500u                        /* values and tags; compiled ones may have eight times as many */
#define CLNRM_PLAIN_LOOPS_MAX 8u  /* of those outside of others that are told */
#define CLNRM_PLAIN_DEPTH_MAX 16u /* tags in tags */
#define CLNRM_PLAIN_RANGE_MAX 64u /* in arguments of what is walked: more is worth compiling it */
#define CLNRM_PLAIN_OPERATORS "+-*/%"

/* The words that say what is done; lua/engine/template/direct.lua tells what stands behind each. */
enum clnrm_plain_op {
    CLNRM_PLAIN_END,
    CLNRM_PLAIN_PUT, /* a text of the template */
    CLNRM_PLAIN_OUT,
    CLNRM_PLAIN_IF,
    CLNRM_PLAIN_JUMP,
    CLNRM_PLAIN_FOR,
    CLNRM_PLAIN_SET,
    CLNRM_PLAIN_OUT_NAME, /* of the context */
    CLNRM_PLAIN_IF_TEXT,  /* that a name of the context is */
};

/* How values are found. */
enum {
    CLNRM_PLAIN_IN_CONTEXT,
    CLNRM_PLAIN_IS_SET,
    CLNRM_PLAIN_IS_BOUND,
    CLNRM_PLAIN_LOOP_INDEX,
    CLNRM_PLAIN_LOOP_INDEX0,
    CLNRM_PLAIN_LOOP_FIRST,
    CLNRM_PLAIN_LOOP_LAST,
    CLNRM_PLAIN_LITERAL,
    CLNRM_PLAIN_CALL, /* of a function */
};

/* What stands between a path and its filters. */
enum {
    CLNRM_PLAIN_NOTHING,
    CLNRM_PLAIN_DEFAULT,  /* its value */
    CLNRM_PLAIN_RECKONED, /* the operator, of CLNRM_PLAIN_OPERATORS; the number, at */
};

/* How an `if` compares. */
enum {
    CLNRM_PLAIN_TRUE,
    CLNRM_PLAIN_EQUAL_TEXT,
    CLNRM_PLAIN_UNEQUAL,
    CLNRM_PLAIN_EQUAL,
    CLNRM_PLAIN_LESS,
    CLNRM_PLAIN_LESS_EQUAL,
    CLNRM_PLAIN_MORE,
    CLNRM_PLAIN_MORE_EQUAL,
    CLNRM_PLAIN_NOT,
};

enum clnrm_plain_kind {
    CLNRM_PLAIN_INT,
    CLNRM_PLAIN_TEXT,  /* `size` bytes of the template from `value` on */
    CLNRM_PLAIN_BOOL,  /* `value` 0: false */
    CLNRM_PLAIN_TABLE, /* `value` pairs of words follow, a name and a literal: all are one word */
    CLNRM_PLAIN_NAME,  /* a text: the first name of a path */
    CLNRM_PLAIN_STEP,  /* a text: the second name of a path */
    CLNRM_PLAIN_NAME_USED, /* as these two, but no words of the program: they tell of a path */
    CLNRM_PLAIN_STEP_USED,
};

struct clnrm_plain_word {
    enum clnrm_plain_kind kind;
    uint32_t size;
    int64_t value;
};

/* Where words are counted, a table is one of them, without its pairs. */
struct clnrm_plain {
    struct clnrm_buf *words;               /* of struct clnrm_plain_word; the caller's */
    uint32_t count;                        /* words */
    uint32_t longest;                      /* bytes of the longest text between tags */
    uint32_t loops[CLNRM_PLAIN_LOOPS_MAX]; /* words of `for` that no other one is around */
    uint32_t loop_count;
    uint32_t slots; /* variables that the program numbers from 1 */
    uint32_t depth; /* at least how many loops are in each other */
};

/* Reads `text` (less than 2 GiB); `words` is empty and its maximum bounds the program.  Returns
 * whether it is plain; if not, what `out` and `words` hold means nothing. */
bool clnrm_plain_read(struct clnrm_slice text, struct clnrm_buf *words, struct clnrm_plain *out);

#endif
