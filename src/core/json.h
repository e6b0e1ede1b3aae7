/* json.h -- reads JSON strictly (jansson behind a gate) and writes it (a streaming writer of our own).
 *
 * Read: one value and nothing behind it; duplicate keys, NUL bytes, NUL in keys, invalid UTF-8, lone
 * surrogates, integers beyond 64 bits and reals beyond a double are errors with their place; depth
 * and size are bounded.  Why the writer is not cJSON's: docs/decisions.md.
 *
 * Ownership: clnrm_json_parse() hands out a tree for clnrm_json_free(); nodes and texts within belong
 * to it.  Threads: one at a time per tree.  Layer: core. */
#ifndef CLNRM_JSON_H
#define CLNRM_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

#define CLNRM_JSON_TEXT_MAX ((size_t)256 << 20) /* most bytes of a text, read or written */
#define CLNRM_JSON_DEPTH 512                    /* default; most nested arrays and objects */
#define CLNRM_JSON_DEPTH_MAX 2000               /* most that may be asked for */

struct clnrm_json; /* opaque: a node */

struct clnrm_json_error {
    size_t offset; /* of the byte where the trouble starts */
    char why[192];
};

enum clnrm_json_kind {
    CLNRM_JSON_NULL,
    CLNRM_JSON_FALSE,
    CLNRM_JSON_TRUE,
    CLNRM_JSON_INTEGER,
    CLNRM_JSON_REAL,
    CLNRM_JSON_TEXT,
    CLNRM_JSON_ARRAY,
    CLNRM_JSON_OBJECT,
};

/* Stores the tree of `text` in `*out`.  Returns 0, CLNRM_ESYNTAX, or CLNRM_ELIMIT: deeper than
 * `depth_max`, more than `values_max` members (SIZE_MAX: as many as there are) or too long; then
 * `*err` says what and where, and `*out` is untouched. */
int clnrm_json_parse(struct clnrm_slice text, size_t depth_max, size_t values_max,
                     struct clnrm_json **out, struct clnrm_json_error *err);

/* Gives the tree back; NULL is allowed. */
void clnrm_json_free(struct clnrm_json *root);

enum clnrm_json_kind clnrm_json_kind(const struct clnrm_json *node);
int64_t clnrm_json_integer(const struct clnrm_json *node);
double clnrm_json_real(const struct clnrm_json *node);
struct clnrm_slice clnrm_json_text(const struct clnrm_json *node);

/* Members of an array or an object. */
size_t clnrm_json_count(const struct clnrm_json *node);
const struct clnrm_json *clnrm_json_item(const struct clnrm_json *array, size_t index);

/* Goes through an object in the order of the text: start with `*iter` NULL.  False at the end. */
bool clnrm_json_next(const struct clnrm_json *object, void **iter, struct clnrm_slice *key,
                     const struct clnrm_json **value);

/* Writes one value: begin/end of containers, keys before the values of an object.  The first failure
 * is sticky: CLNRM_ELIMIT (`out` is full), CLNRM_EUTF8 (a text that is not UTF-8), -EDOM (a number
 * that JSON has no form for).  Start with a zeroed struct and set `out`. */
struct clnrm_json_writer {
    struct clnrm_buf *out;
    int indent;        /* spaces a level; 0: one line */
    bool is_replacing; /* bytes that are not UTF-8 become U+FFFD instead of an error */
    int status;        /* first failure */
    int level;         /* ours from here on */
    bool has_value, has_key;
};

void clnrm_json_begin(struct clnrm_json_writer *w, char bracket);
void clnrm_json_end(struct clnrm_json_writer *w, char bracket);
void clnrm_json_put_key(struct clnrm_json_writer *w, struct clnrm_slice key);
void clnrm_json_put_text(struct clnrm_json_writer *w, struct clnrm_slice text);
void clnrm_json_put_integer(struct clnrm_json_writer *w, int64_t value);

/* The shortest decimal that reads back as the same double, always with a point or an exponent. */
void clnrm_json_put_real(struct clnrm_json_writer *w, double value);

/* `word` is true, false or null. */
void clnrm_json_put_word(struct clnrm_json_writer *w, const char *word);

#endif
