/* toml_shape.c -- reads the text of a shape: a line for each type and for each key of a record. */
#include "core/toml_shape_impl.h"

#include <stdlib.h>

static const char *const kinds[] = {
    "text", "integer", "number", "boolean", "word", "duration", "regex",  "command",
    "port", "time",    "any",    "list",    "map",  "either",   "record", NULL,
};

static bool add_type(struct clnrm_shape_reader *r, int kind, bool is_last)
{
    struct clnrm_shape *shape = r->shape;
    struct clnrm_shape_type *type = clnrm_shape_add_part(r, &shape->types, &shape->type_count,
                                                         sizeof(*type), CLNRM_SHAPE_TYPES_MAX);
    if (!type)
        return false;
    type->kind = (uint8_t)kind;
    type->max = INT64_MAX;
    type->unit = 1;
    type->item = type->key = type->set = type->outside = type->refers = CLNRM_SHAPE_NONE;
    type->padded = type->repeated = type->empty = type->blank = type->unreferred = CLNRM_SHAPE_NONE;
    memset(type->choice, 0xff, sizeof(type->choice));
    memset(type->buckets, 0xff, sizeof(type->buckets));
    if (!clnrm_shape_store_type(r, type, is_last))
        return false;
    if (type->unreferred != CLNRM_SHAPE_NONE && type->set != CLNRM_SHAPE_NONE)
        shape->unreferred[type->set] = type->unreferred;
    bool has_items =
        kind == CLNRM_SHAPE_LIST || kind == CLNRM_SHAPE_MAP || kind == CLNRM_SHAPE_COMMAND;
    bool has_sets = type->set != CLNRM_SHAPE_NONE && type->outside != CLNRM_SHAPE_NONE;
    return (!has_items || type->item != CLNRM_SHAPE_NONE) &&
           (kind != CLNRM_SHAPE_MAP || type->key != CLNRM_SHAPE_NONE) &&
           (kind != CLNRM_SHAPE_PORT || has_sets);
}

/* Adds a key to the record above. */
static bool add_key(struct clnrm_shape_reader *r, bool is_last)
{
    struct clnrm_shape *shape = r->shape;
    if (is_last || !shape->type_count ||
        shape->types[shape->type_count - 1].kind != CLNRM_SHAPE_RECORD)
        return false;
    struct clnrm_shape_key *key = clnrm_shape_add_part(r, &shape->keys, &shape->key_count,
                                                       sizeof(*key), CLNRM_SHAPE_PARTS_MAX);
    if (!key)
        return false;
    key->type = key->mark = key->also = CLNRM_SHAPE_NONE;
    key->beside = CLNRM_SHAPE_SLOTS;
    char *name = clnrm_shape_next_word(r, &is_last);
    if (!clnrm_shape_decode(name, &key->name) || !clnrm_shape_store_key(r, key, is_last) ||
        key->type == CLNRM_SHAPE_NONE)
        return false;
    struct clnrm_shape_type *record = &shape->types[shape->type_count - 1];
    uint16_t *bucket = &record->buckets[clnrm_shape_bucket(key->name.data, key->name.len)];
    key->next = *bucket;
    *bucket = (uint16_t)(shape->key_count - 1);
    return true;
}

/* Reads the names of marks. */
static bool add_marks(struct clnrm_shape_reader *r, bool is_last)
{
    struct clnrm_slice name;
    struct clnrm_shape *shape = r->shape;
    while (!is_last) {
        char **mark = clnrm_shape_add_part(r, &shape->marks, &shape->mark_count, sizeof(*mark),
                                           CLNRM_SHAPE_MARKS_MAX);
        if (!mark)
            return false;
        *mark = clnrm_shape_next_word(r, &is_last);
        if (!clnrm_shape_decode(*mark, &name))
            return false;
    }
    return true;
}

static bool read_line(struct clnrm_shape_reader *r)
{
    uint16_t number;
    bool is_last;
    const char *word = clnrm_shape_next_word(r, &is_last);
    if (strcmp(word, "key") == 0)
        return add_key(r, is_last);
    if (strcmp(word, "marks") == 0)
        return add_marks(r, is_last);
    if (strcmp(word, "values") == 0 && !is_last &&
        clnrm_shape_read_number(clnrm_shape_next_word(r, &is_last), CLNRM_SHAPE_NONE, &number)) {
        r->shape->values_max = number;
        return is_last;
    }
    for (int kind = 0; kinds[kind]; kind++)
        if (strcmp(word, kinds[kind]) == 0)
            return add_type(r, kind, is_last);
    return false;
}

int clnrm_shape_parse(struct clnrm_slice text, struct clnrm_shape **out, unsigned *line)
{
    struct clnrm_shape *shape = clnrm_xcalloc(sizeof(*shape));
    struct clnrm_shape_reader r = {.shape = shape};
    *line = 1;
    memset(shape->unreferred, 0xff, sizeof(shape->unreferred));
    if (text.len > CLNRM_SHAPE_TEXT_MAX) {
        clnrm_shape_free(shape);
        return CLNRM_ELIMIT;
    }
    shape->text = clnrm_xmalloc(text.len + 1);
    if (text.len)
        memcpy(shape->text, text.data, text.len);
    shape->text[text.len] = '\0';
    shape->values_max = CLNRM_TOML_NODES_MAX;
    r.at = shape->text;
    r.end = r.at + text.len;
    for (; r.at < r.end; ++*line)
        if (!read_line(&r)) {
            clnrm_shape_free(shape);
            return r.is_full ? CLNRM_ELIMIT : CLNRM_ESYNTAX;
        }
    if (!shape->type_count || shape->types[shape->type_count - 1].kind != CLNRM_SHAPE_RECORD) {
        clnrm_shape_free(shape);
        return CLNRM_ESYNTAX;
    }
    *out = shape;
    return 0;
}

void clnrm_shape_free(struct clnrm_shape *shape)
{
    if (!shape)
        return;
    free(shape->text);
    free(shape->types);
    free(shape->keys);
    free(shape->forms);
    free(shape->runs);
    free(shape->rules);
    free(shape->words);
    free(shape->marks);
    free(shape);
}

unsigned clnrm_shape_marks(const struct clnrm_shape *shape)
{
    return shape->mark_count;
}

const char *clnrm_shape_mark(const struct clnrm_shape *shape, unsigned index)
{
    return shape->marks[index];
}

uint32_t clnrm_shape_values_max(const struct clnrm_shape *shape)
{
    return shape->values_max;
}
