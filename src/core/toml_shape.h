/* toml_shape.h -- what a TOML document may be like, so that one that fits needs no other look.
 *
 * A shape describes documents that are right beyond doubt.  Who wrote it says what that means; here
 * it is a text of lines, each a type or a key of the record above it (lua/engine/model/shape.lua
 * makes it of the schema, and says what each attribute means).  A type refers to types above it
 * only, so that a walk ends; the last one is that of the root.  To fit is all that is said: what
 * does not fit may be right all the same.
 *
 * A walk tells marks: names that keys and types of the shape set when they are met.  Its time is
 * linear in the text.  Ownership: a shape owns all of its parts; `clnrm_toml_walk` owns what walks
 * use again.  Threads: loop thread only (it compiles expressions).  Layer: core. */
#ifndef CLNRM_TOML_SHAPE_H
#define CLNRM_TOML_SHAPE_H

#include "base/slice.h"
#include "core/toml.h"

#define CLNRM_SHAPE_TYPES_MAX 256u
#define CLNRM_SHAPE_PARTS_MAX 4096u /* keys, words, forms and rules, of each */
#define CLNRM_SHAPE_MARKS_MAX 256u
#define CLNRM_SHAPE_SETS_MAX 16u
#define CLNRM_SHAPE_TEXT_MAX (64u * 1024)

struct clnrm_shape; /* opaque */

/* Reads a shape.  Returns 0, or CLNRM_ESYNTAX or CLNRM_ELIMIT and stores the line that is wrong. */
int clnrm_shape_parse(struct clnrm_slice text, struct clnrm_shape **out, unsigned *line);
void clnrm_shape_free(struct clnrm_shape *shape); /* NULL is allowed */

unsigned clnrm_shape_marks(const struct clnrm_shape *shape);
const char *clnrm_shape_mark(const struct clnrm_shape *shape, unsigned index);

/* Whether a text has a tag of a template in it: "{{", "{%" or "{#". */
bool clnrm_shape_has_tags(struct clnrm_slice text);

/* Whether a word is hidden in a text: written with escapes, or broken by the end of a line. */
bool clnrm_shape_has_hidden(struct clnrm_slice text);

struct clnrm_toml_walk {                        /* zeroed before the first walk */
    uint64_t marks[CLNRM_SHAPE_MARKS_MAX / 64]; /* of the last one */
    struct clnrm_shape_member *members;         /* of sets; stale ones count as free */
    uint32_t member_cap, member_count;
    struct clnrm_shape_reference *references;
    uint32_t reference_cap, reference_count;
    uint64_t generation, first_generation;
};

/* The most values that a document may have, the root among them. */
uint32_t clnrm_shape_values_max(const struct clnrm_shape *shape);

/* Whether a document that was read without an error fits. `rendered`: it is what a template gave. */
bool clnrm_shape_fits(const struct clnrm_shape *shape, const struct clnrm_toml_doc *doc,
                      bool rendered, struct clnrm_toml_walk *walk);
void clnrm_toml_walk_free(struct clnrm_toml_walk *walk);

#endif
