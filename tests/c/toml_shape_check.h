/* toml_shape_check.h -- what must hold for any shape and any text; for its test and its fuzz target.
 *
 * The first line of an input is "shape" when the rest is a shape: then it is read, and texts are
 * held against it.  Else it is a document, held against a shape that has every kind of type. */
#ifndef TOML_SHAPE_CHECK_H
#define TOML_SHAPE_CHECK_H

#include "core/toml_shape.h"
#include "toml_check.h"

static const char toml_shape_check_all[] =
    "values 2000\n"
    "marks alias blank empty again padded unreferred k\n"
    "text min=1 max=20 set=0 padded=4\n"                                      /* 0 */
    "text min=0 nul=1\n"                                                      /* 1 */
    "text min=2 pairs=-. form=[a-z.-]+ form=[a-z]+:[^]* asks=2 not=no\n"      /* 2 */
    "integer min=-3 max=9\n"                                                  /* 3 */
    "number least=-1.5 most=2\n"                                              /* 4 */
    "boolean\n"                                                               /* 5 */
    "word is=one is=two\n"                                                    /* 6 */
    "duration min=1 max=31622400000 unit=1000 text=1\n"                       /* 7 */
    "regex empty=2\n"                                                         /* 8 */
    "command item=1 blank=1 values=1\n"                                       /* 9 */
    "port set=1 outside=2\n"                                                  /* 10 */
    "time\n"                                                                  /* 11 */
    "any plain=1\n"                                                           /* 12 */
    "list item=10 single=1 clears=2\n"                                        /* 13 */
    "text min=1 set=3 repeated=3 until==\n"                                   /* 14 */
    "list item=14 min=1 clears=8\n"                                           /* 15 */
    "text min=1 refers=0 earlier=1\n"                                         /* 16 */
    "list item=16 single=1\n"                                                 /* 17 */
    "text min=1 refers=4\n"                                                   /* 18 */
    "text min=1 set=4 unreferred=5\n"                                         /* 19 */
    "map keys=19 item=12 min=1 max=9\n"                                       /* 20 */
    "either string=7 integer=3 array=15 table=20 float=4 boolean=5 time=11\n" /* 21 */
    "record min=1 owns=f needs=1 required=1\n"
    "key a type=0 slot=0 mark=6 rule=0:1:0\n"
    "key b type=1 slot=1 beside=2\n"
    "key bb type=1 slot=1 beside=2\n"
    "key c type=2 slot=2 rule=2:0:1\n"
    "key d type=6 slot=3 rule=0:0:1\n"
    "key e type=9 slot=4 rule=0:1:2\n"
    "key f type=17 slot=5 also=0\n"
    "key g type=21 slot=6 rule=1:3:3\n"
    "key h type=8 slot=7 rule=4:1:3\n"
    "key i type=13 slot=8\n"
    "key j type=18 slot=9 rendered=1\n" /* 22 */
    "list item=22 single=1 clears=1\n"
    "record\n"
    "key r type=23 slot=0\n"
    "key m type=20 slot=1\n"
    "key t type=11 slot=2\n";

/* Holds a document against a shape: what is said of it hangs on nothing else. */
static inline bool toml_shape_check_document(const struct clnrm_shape *shape, const char *text,
                                             size_t len)
{
    struct clnrm_toml_options options = {.nodes_max = clnrm_shape_values_max(shape)};
    static struct clnrm_toml_walk kept;
    struct clnrm_toml_walk fresh = {0};
    struct clnrm_toml_doc doc = {0};
    bool fits = false;
    if (clnrm_toml_parse(&doc, text, len, &options) == 0) {
        fits = clnrm_shape_fits(shape, &doc, true, &kept);
        TOML_CLAIM(fits == clnrm_shape_fits(shape, &doc, true, &fresh));
        TOML_CLAIM(!fits || memcmp(kept.marks, fresh.marks, sizeof(fresh.marks)) == 0);
        TOML_CLAIM(kept.member_count <= 3 * doc.node_count &&
                   fresh.reference_count <= doc.node_count);
        TOML_CLAIM(fits || !clnrm_shape_fits(shape, &doc, false, &fresh));
    }
    clnrm_toml_walk_free(&fresh);
    clnrm_toml_free(&doc);
    return fits;
}

static inline bool toml_shape_check(const char *text, size_t len)
{
    static struct clnrm_shape *all;
    unsigned line;
    if (!all)
        TOML_CLAIM(clnrm_shape_parse(clnrm_slice_of(toml_shape_check_all), &all, &line) == 0);
    if (len < 6 || memcmp(text, "shape\n", 6) != 0) {
        clnrm_shape_has_tags((struct clnrm_slice){text, len});
        clnrm_shape_has_hidden((struct clnrm_slice){text, len});
        return toml_shape_check_document(all, text, len);
    }
    static const char *const documents[] = {
        "", "r = {a = 'x', g = 'y', e = ['sh', '-c', '${x}']}\nm = {}\nt = 1", "a = [1, [2]]"};
    struct clnrm_shape *shape;
    if (clnrm_shape_parse((struct clnrm_slice){text + 6, len - 6}, &shape, &line) < 0)
        return false;
    for (unsigned i = 0; i < clnrm_shape_marks(shape); i++)
        TOML_CLAIM(clnrm_shape_mark(shape, i));
    for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++)
        toml_shape_check_document(shape, documents[i], strlen(documents[i]));
    clnrm_shape_free(shape);
    return true;
}

#endif
