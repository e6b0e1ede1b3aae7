/* toml_shape_walk.c -- walks a document along a shape.
 *
 * What a key has to do with others is kept in 64 bits that records own: a record clears its own when
 * it is entered, keys set them, and at its end it sees whether all that was asked for is there.
 * Depth is that of the shape, whose types refer to types above them, but for what may be anything:
 * there it is the document's. */
#include "core/toml_shape_impl.h"

#include <math.h>

static bool type_fits(struct clnrm_shape_walk *w, unsigned id, uint32_t node);

static bool ends_with_shell(struct clnrm_slice path)
{
    static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh"};
    const char *slash = memrchr(path.data, '/', path.len);
    if (slash) {
        path.len -= (size_t)(slash + 1 - path.data);
        path.data = slash + 1;
    }
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
        if (clnrm_slice_equal(path, clnrm_slice_of(shells[i])))
            return true;
    return false;
}

/* Whether no item of an argv names a captured value, "${name}".  The script of `sh -c` may: there
 * it is a variable of the shell. */
static bool names_no_value(const struct clnrm_shape_walk *w, uint32_t list)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes;
    uint32_t child = nodes[list].value.children.last;
    bool is_shell = false;
    for (uint32_t i = 0; i < nodes[list].value.children.count; i++) {
        child = nodes[child].next;
        struct clnrm_slice text = clnrm_shape_text(w, &nodes[child]);
        bool is_script = i == 2 && is_shell;
        if (!is_script && memmem(text.data, text.len, "${", 2))
            return false;
        is_shell = i == 0   ? ends_with_shell(text)
                   : i == 1 ? is_shell && clnrm_slice_equal(text, clnrm_slice_of("-c"))
                            : false;
    }
    return true;
}

static bool command_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                         uint32_t id)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes, *node = &nodes[id];
    if (node->type == CLNRM_TOML_STRING)
        return !clnrm_shape_is_blank(clnrm_shape_text(w, node)) && type_fits(w, type->item, id);
    if (node->type != CLNRM_TOML_ARRAY || node->value.children.count == 0)
        return false;
    uint32_t first = clnrm_toml_first(w->doc, id), child = first;
    for (uint32_t i = 0; i < node->value.children.count; i++, child = nodes[child].next)
        if (nodes[child].type != CLNRM_TOML_STRING || !type_fits(w, type->item, child))
            return false;
    struct clnrm_slice program = clnrm_shape_text(w, &nodes[first]);
    if (clnrm_shape_is_blank(program))
        return false;
    if (node->value.children.count == 1 && clnrm_shape_has_blank(program)) {
        clnrm_shape_set_mark(w, type->blank);
        if (!type->is_literal)
            return true; /* it is a text for the shell */
    }
    return !type->has_values || names_no_value(w, id);
}

/* What may be anything; `is_plain`: but a date, and a number that is none. */
static bool any_fits(struct clnrm_shape_walk *w, bool is_plain, uint32_t id)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes, *node = &nodes[id];
    if (node->type == CLNRM_TOML_FLOAT)
        return !is_plain || isfinite(node->value.number);
    if (node->type < CLNRM_TOML_ARRAY)
        return !is_plain || node->type < CLNRM_TOML_DATETIME;
    uint32_t child = node->value.children.last;
    for (uint32_t i = 0; i < node->value.children.count; i++) {
        child = nodes[child].next;
        if (!any_fits(w, is_plain, child))
            return false;
    }
    return true;
}

/* Looks at an item of a list or a map: what is in it may refer to earlier ones. */
static bool item_fits(struct clnrm_shape_walk *w, unsigned type, uint32_t id)
{
    uint32_t owner = w->owner;
    w->owner = id;
    bool fits = type_fits(w, type, id);
    w->owner = owner;
    return fits;
}

static bool list_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type, uint32_t id)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes, *node = &nodes[id];
    const struct clnrm_shape_type *item = &w->shape->types[type->item];
    clnrm_shape_clear_sets(w, type->clears);
    if (node->type != CLNRM_TOML_ARRAY)
        return type->is_single &&
               (node->type != CLNRM_TOML_TABLE || item->kind == CLNRM_SHAPE_RECORD) &&
               type_fits(w, type->item, id);
    if ((int64_t)node->value.children.count < type->min)
        return false;
    uint32_t child = node->value.children.last;
    bool is_record = item->kind == CLNRM_SHAPE_RECORD;
    for (uint32_t i = 0; i < node->value.children.count; i++) {
        child = nodes[child].next;
        if (!(is_record ? item_fits(w, type->item, child) : type_fits(w, type->item, child)))
            return false;
    }
    return true;
}

static bool map_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type, uint32_t id)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes, *node = &nodes[id];
    uint32_t count = node->value.children.count, child = node->value.children.last;
    if (node->type != CLNRM_TOML_TABLE || (int64_t)count < type->min || (int64_t)count > type->max)
        return false;
    uint32_t owner = w->owner;
    bool fits = true;
    for (uint32_t i = 0; fits && i < count; i++) {
        child = w->owner = nodes[child].next;
        fits = clnrm_shape_bytes_fit(w, &w->shape->types[type->key], nodes[child].key,
                                     nodes[child].key_len) &&
               type_fits(w, type->item, child);
    }
    w->owner = owner;
    return fits;
}

static bool rule_holds(const struct clnrm_toml_node *node, unsigned when)
{
    switch (when) {
    case CLNRM_SHAPE_IF_TRUE:
        return node->type == CLNRM_TOML_BOOLEAN && node->value.boolean;
    case CLNRM_SHAPE_IF_FALSE:
        return node->type == CLNRM_TOML_BOOLEAN && !node->value.boolean;
    case CLNRM_SHAPE_IF_TEXT:
        return node->type == CLNRM_TOML_STRING;
    case CLNRM_SHAPE_IF_ONE:
        return node->type != CLNRM_TOML_ARRAY || node->value.children.count == 1;
    default:
        return true;
    }
}

/* Does what a key has to do with others.  Returns false when another says the same. */
static bool apply_rules(struct clnrm_shape_walk *w, const struct clnrm_shape_key *key,
                        const struct clnrm_toml_node *node)
{
    for (unsigned i = 0; i < key->rule_count; i++) {
        const struct clnrm_shape_rule *rule = &w->shape->rules[key->rule_first + i];
        uint64_t bit = UINT64_C(1) << rule->bit;
        if (!rule_holds(node, rule->when))
            continue;
        if (rule->op == CLNRM_SHAPE_ASKS)
            w->asked |= bit;
        else if (rule->op == CLNRM_SHAPE_BARS)
            w->barred |= bit;
        else if (rule->op == CLNRM_SHAPE_SAYS && w->said & bit)
            return false;
        else
            w->said |= bit;
    }
    return true;
}

static const struct clnrm_shape_key *find_key(const struct clnrm_shape_walk *w,
                                              const struct clnrm_shape_type *record,
                                              const struct clnrm_toml_node *node)
{
    const char *name = clnrm_toml_bytes(w->doc, node->key);
    uint16_t at = record->buckets[clnrm_shape_bucket(name, node->key_len)];
    for (; at != CLNRM_SHAPE_NONE; at = w->shape->keys[at].next) {
        const struct clnrm_shape_key *key = &w->shape->keys[at];
        if (key->name.len == node->key_len && memcmp(key->name.data, name, node->key_len) == 0)
            return key;
    }
    return NULL;
}

static bool record_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                        uint32_t id)
{
    const struct clnrm_toml_node *nodes = w->doc->nodes, *node = &nodes[id];
    uint32_t child = node->value.children.last;
    uint64_t filled = 0, wanted = type->required;
    if (node->type != CLNRM_TOML_TABLE || (int64_t)node->value.children.count < type->min)
        return false;
    w->said &= ~type->owns;
    w->asked &= ~type->owns;
    w->barred &= ~type->owns;
    clnrm_shape_clear_sets(w, type->clears);
    for (uint32_t i = 0; i < node->value.children.count; i++) {
        child = nodes[child].next;
        const struct clnrm_shape_key *key = find_key(w, type, &nodes[child]);
        if (!key || filled >> key->slot & 1 || (key->is_rendered && !w->is_rendered) ||
            !type_fits(w, key->type, child) || !apply_rules(w, key, &nodes[child]))
            return false;
        filled |= UINT64_C(1) << key->slot;
        wanted |= key->beside < CLNRM_SHAPE_SLOTS ? UINT64_C(1) << key->beside : 0;
        clnrm_shape_set_mark(w, key->mark);
        clnrm_shape_set_mark(w, key->also);
    }
    uint64_t asked = (w->asked & type->owns) | type->needs;
    return !(wanted & ~filled) && !(asked & ~w->said) && !(w->barred & type->owns & w->said);
}

static bool type_fits(struct clnrm_shape_walk *w, unsigned id, uint32_t node)
{
    const struct clnrm_shape_type *type = &w->shape->types[id];
    unsigned kind = w->doc->nodes[node].type;
    switch (type->kind) {
    case CLNRM_SHAPE_RECORD:
        return record_fits(w, type, node);
    case CLNRM_SHAPE_LIST:
        return list_fits(w, type, node);
    case CLNRM_SHAPE_MAP:
        return map_fits(w, type, node);
    case CLNRM_SHAPE_EITHER:
        return type->choice[kind] != CLNRM_SHAPE_NONE && type_fits(w, type->choice[kind], node);
    case CLNRM_SHAPE_COMMAND:
        return command_fits(w, type, node);
    case CLNRM_SHAPE_ANY:
        return any_fits(w, type->is_plain, node);
    default:
        return clnrm_shape_value_fits(w, type, &w->doc->nodes[node]);
    }
}

bool clnrm_shape_fits(const struct clnrm_shape *shape, const struct clnrm_toml_doc *doc,
                      bool rendered, struct clnrm_toml_walk *walk)
{
    struct clnrm_shape_walk w = {.shape = shape, .doc = doc, .kept = walk, .is_rendered = rendered};
    memset(walk->marks, 0, sizeof(walk->marks));
    walk->member_count = walk->reference_count = 0;
    walk->first_generation = walk->generation + 1;
    for (unsigned i = 0; i < CLNRM_SHAPE_SETS_MAX; i++)
        w.generation[i] = ++walk->generation;
    return type_fits(&w, shape->type_count - 1, 0) && clnrm_shape_settle(&w);
}

bool clnrm_shape_has_tags(struct clnrm_slice text)
{
    const char *s = text.data, *end = s + text.len;
    while (s < end && (s = memchr(s, '{', (size_t)(end - s)))) {
        s++;
        if (s < end && (*s == '{' || *s == '%' || *s == '#'))
            return true;
    }
    return false;
}

bool clnrm_shape_has_hidden(struct clnrm_slice text)
{
    const char *s = text.data, *end = s + text.len;
    while (s < end && (s = memchr(s, '\\', (size_t)(end - s)))) {
        s++;
        if (s < end && strchr("uUx \t\r\n", *s))
            return true;
    }
    return false;
}
