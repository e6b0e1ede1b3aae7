/* toml_shape_store.c -- reads the attributes of a line of a shape, and stores them in its parts.
 *
 * They are `name=value` each, parted by one blank; %XX in a value is a byte.  Where each is stored
 * the tables below say; what they mean stands in lua/engine/model/shape.lua, which writes them. */
#include "core/toml_shape_impl.h"

#include <stddef.h>
#include <stdlib.h>

/* How the value of an attribute is stored. */
enum store {
    SETS,
    I64,
    F64,
    FLAG,
    TYPE,
    SET,
    MARK,
    MASK,
    BYTE,
    BYTES,
    WORD,
    FORM,
    ASKS,
    RULE,
    SLOT
};

struct attribute {
    const char *name;
    uint8_t store;
    uint16_t at;
};

#define OF_TYPE(name, store, field)                                                                \
    {                                                                                              \
        name, store, offsetof(struct clnrm_shape_type, field)                                      \
    }
#define OF_CHOICE(name, type)                                                                      \
    {                                                                                              \
        name, TYPE, offsetof(struct clnrm_shape_type, choice) + (type) * sizeof(uint16_t)          \
    }

static const struct attribute of_types[] = {
    OF_TYPE("min", I64, min),
    OF_TYPE("max", I64, max),
    OF_TYPE("unit", I64, unit),
    OF_TYPE("least", F64, least),
    OF_TYPE("most", F64, most),
    OF_TYPE("nul", FLAG, has_nul),
    OF_TYPE("text", FLAG, is_text),
    OF_TYPE("single", FLAG, is_single),
    OF_TYPE("earlier", FLAG, is_earlier),
    OF_TYPE("plain", FLAG, is_plain),
    OF_TYPE("literal", FLAG, is_literal),
    OF_TYPE("values", FLAG, has_values),
    OF_TYPE("until", BYTE, until),
    OF_TYPE("pairs", BYTES, pairs),
    OF_TYPE("item", TYPE, item),
    OF_TYPE("keys", TYPE, key),
    OF_TYPE("set", SET, set),
    OF_TYPE("outside", SET, outside),
    OF_TYPE("refers", SET, refers),
    OF_TYPE("clears", SETS, clears),
    OF_TYPE("padded", MARK, padded),
    OF_TYPE("repeated", MARK, repeated),
    OF_TYPE("empty", MARK, empty),
    OF_TYPE("blank", MARK, blank),
    OF_TYPE("unreferred", MARK, unreferred),
    OF_TYPE("owns", MASK, owns),
    OF_TYPE("needs", MASK, needs),
    OF_TYPE("required", MASK, required),
    OF_CHOICE("string", CLNRM_TOML_STRING),
    OF_CHOICE("integer", CLNRM_TOML_INTEGER),
    OF_CHOICE("float", CLNRM_TOML_FLOAT),
    OF_CHOICE("boolean", CLNRM_TOML_BOOLEAN),
    OF_CHOICE("time", CLNRM_TOML_DATETIME),
    OF_CHOICE("array", CLNRM_TOML_ARRAY),
    OF_CHOICE("table", CLNRM_TOML_TABLE),
    {"is", WORD, 0},
    {"not", WORD, 0},
    {"form", FORM, 0},
    {"asks", ASKS, 0},
    {NULL, 0, 0},
};

#define OF_KEY(name, store, field)                                                                 \
    {                                                                                              \
        name, store, offsetof(struct clnrm_shape_key, field)                                       \
    }

static const struct attribute of_keys[] = {
    OF_KEY("type", TYPE, type), OF_KEY("mark", MARK, mark),
    OF_KEY("slot", SLOT, slot), OF_KEY("beside", SLOT, beside),
    OF_KEY("also", MARK, also), OF_KEY("rendered", FLAG, is_rendered),
    {"rule", RULE, 0},          {NULL, 0, 0},
};

/* Makes room for one more part; NULL: there are too many. */
void *clnrm_shape_add_part(struct clnrm_shape_reader *r, void *array, uint32_t *count, size_t size,
                           uint32_t max)
{
    void **parts = array;
    if (*count >= max) {
        r->is_full = true;
        return NULL;
    }
    if ((*count & (*count - 1)) == 0) /* it is full at each power of two */
        *parts = clnrm_xrealloc(*parts, (*count ? 2 * *count : 1) * size);
    char *part = (char *)*parts + *count * size;
    memset(part, 0, size);
    ++*count;
    return part;
}

/* Cuts the next word off; stores whether it was the last of its line. */
char *clnrm_shape_next_word(struct clnrm_shape_reader *r, bool *is_last)
{
    char *word = r->at, *stop = word;
    while (stop < r->end && *stop != ' ' && *stop != '\n')
        stop++;
    *is_last = stop == r->end || *stop == '\n';
    r->at = stop + (stop < r->end);
    *stop = '\0'; /* there is one behind the text */
    return word;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Puts bytes in the place of each %XX. */
bool clnrm_shape_decode(char *value, struct clnrm_slice *out)
{
    char *to = value;
    out->data = value;
    for (const char *s = value; *s; s++) {
        if (*s != '%') {
            *to++ = *s;
            continue;
        }
        int high = digit_of(s[1]), low = high < 0 ? -1 : digit_of(s[2]);
        if (low < 0)
            return false;
        *to++ = (char)(high << 4 | low);
        s += 2;
    }
    *to = '\0';
    out->len = (size_t)(to - value);
    return true;
}

static void add_to_set(uint64_t set[4], unsigned char from, unsigned char to)
{
    for (unsigned c = from; c <= to; c++)
        set[c >> 6] |= UINT64_C(1) << (c & 63);
}

/* Reads "[a-z_]", "[^ ]", "x" or "\x" at `s`. */
static const char *read_set(const char *s, const char *end, uint64_t set[4])
{
    if (*s != '[') {
        s += *s == '\\' && s + 1 < end;
        add_to_set(set, (unsigned char)*s, (unsigned char)*s);
        return s + 1;
    }
    bool is_other = ++s < end && *s == '^';
    for (s += is_other; s < end && *s != ']'; s++) {
        s += *s == '\\' && s + 1 < end;
        unsigned char from = (unsigned char)*s;
        bool is_range = end - s > 2 && s[1] == '-' && s[2] != ']';
        s += is_range ? 2 : 0;
        add_to_set(set, from, (unsigned char)*s);
    }
    for (int i = 0; is_other && i < 4; i++)
        set[i] = ~set[i];
    return s < end ? s + 1 : NULL;
}

static bool add_form(struct clnrm_shape_reader *r, struct clnrm_shape_type *type,
                     struct clnrm_slice pattern)
{
    struct clnrm_shape *shape = r->shape;
    struct clnrm_shape_form *form = clnrm_shape_add_part(r, &shape->forms, &shape->form_count,
                                                         sizeof(*form), CLNRM_SHAPE_PARTS_MAX);
    if (!form)
        return false;
    *form =
        (struct clnrm_shape_form){.first = (uint16_t)shape->run_count, .asks = CLNRM_SHAPE_NONE};
    const char *s = pattern.data, *end = s + pattern.len;
    while (s && s < end) {
        struct clnrm_shape_run *run = clnrm_shape_add_part(r, &shape->runs, &shape->run_count,
                                                           sizeof(*run), CLNRM_SHAPE_PARTS_MAX);
        if (!run)
            return false;
        s = read_set(s, end, run->set);
        if (s && s < end && strchr("+*?", *s)) {
            run->is_many = *s != '?';
            run->is_optional = *s != '+';
            s++;
        }
        form->count++;
    }
    if (type->form_count++ == 0)
        type->form_first = (uint16_t)(shape->form_count - 1);
    return s != NULL;
}

static bool add_word(struct clnrm_shape_reader *r, struct clnrm_shape_type *type,
                     struct clnrm_slice word)
{
    struct clnrm_shape *shape = r->shape;
    struct clnrm_slice *to = clnrm_shape_add_part(r, &shape->words, &shape->word_count, sizeof(*to),
                                                  CLNRM_SHAPE_PARTS_MAX);
    if (!to)
        return false;
    *to = word;
    if (type->word_count++ == 0)
        type->word_first = (uint16_t)(shape->word_count - 1);
    return true;
}

/* Reads "when:op:bit", three numbers. */
static bool add_rule(struct clnrm_shape_reader *r, struct clnrm_shape_key *key, const char *value)
{
    char *stop;
    unsigned long part[3];
    for (int i = 0; i < 3; i++) {
        part[i] = strtoul(value, &stop, 10);
        if (stop == value || *stop != (i < 2 ? ':' : '\0'))
            return false;
        value = stop + 1;
    }
    if (part[0] > CLNRM_SHAPE_IF_ONE || part[1] > CLNRM_SHAPE_BARS || part[2] > 63)
        return false;
    struct clnrm_shape *shape = r->shape;
    struct clnrm_shape_rule *rule = clnrm_shape_add_part(r, &shape->rules, &shape->rule_count,
                                                         sizeof(*rule), CLNRM_SHAPE_PARTS_MAX);
    if (!rule)
        return false;
    *rule = (struct clnrm_shape_rule){(uint8_t)part[0], (uint8_t)part[1], (uint8_t)part[2]};
    if (key->rule_count++ == 0)
        key->rule_first = (uint16_t)(shape->rule_count - 1);
    return true;
}

/* Reads a number below `max`. */
bool clnrm_shape_read_number(const char *value, uint32_t max, uint16_t *out)
{
    char *stop;
    unsigned long number = strtoul(value, &stop, 10);
    if (stop == value || *stop || number >= max)
        return false;
    *out = (uint16_t)number;
    return true;
}

static bool store_number(const struct attribute *attribute, char *to, const char *value)
{
    char *stop;
    if (attribute->store == F64)
        *(double *)(void *)to = strtod(value, &stop);
    else if (attribute->store == I64)
        *(int64_t *)(void *)to = strtoll(value, &stop, 10);
    else
        *(uint64_t *)(void *)to = strtoull(value, &stop, 16);
    return stop != value && !*stop;
}

/* Stores one attribute of a type or a key, which begins at `base`. */
static bool store(struct clnrm_shape_reader *r, const struct attribute *attribute, char *base,
                  char *value)
{
    struct clnrm_slice bytes;
    struct clnrm_shape *shape = r->shape;
    char *to = base + attribute->at;
    uint16_t number;
    if (!clnrm_shape_decode(value, &bytes))
        return false;
    switch (attribute->store) {
    case FLAG:
        *(bool *)(void *)to = true;
        return strcmp(value, "1") == 0;
    case TYPE: /* only one above, so that a walk ends */
        return clnrm_shape_read_number(value, shape->type_count - 1, (uint16_t *)(void *)to);
    case SET:
        return clnrm_shape_read_number(value, CLNRM_SHAPE_SETS_MAX, (uint16_t *)(void *)to);
    case SETS:
        return store_number(attribute, to, value) &&
               *(uint64_t *)(void *)to >> CLNRM_SHAPE_SETS_MAX == 0;
    case MARK:
        return clnrm_shape_read_number(value, shape->mark_count, (uint16_t *)(void *)to);
    case BYTE:
        *to = *value;
        return bytes.len == 1;
    case BYTES:
        ((struct clnrm_shape_type *)(void *)base)->has_pairs = true;
        for (size_t i = 0; i < bytes.len; i++)
            add_to_set((uint64_t *)(void *)to, (unsigned char)value[i], (unsigned char)value[i]);
        return true;
    case WORD:
        return add_word(r, (struct clnrm_shape_type *)(void *)base, bytes);
    case FORM:
        return add_form(r, (struct clnrm_shape_type *)(void *)base, bytes);
    case ASKS:
        return shape->form_count > 0 &&
               clnrm_shape_read_number(value, 64, &shape->forms[shape->form_count - 1].asks);
    case RULE:
        return add_rule(r, (struct clnrm_shape_key *)(void *)base, value);
    case SLOT:
        if (!clnrm_shape_read_number(value, CLNRM_SHAPE_SLOTS, &number))
            return false;
        *to = (char)number;
        return true;
    default:
        return store_number(attribute, to, value);
    }
}

/* Stores the attributes of a line. */
static bool store_all(struct clnrm_shape_reader *r, const struct attribute *list, void *base,
                      bool is_last)
{
    while (!is_last) {
        char *word = clnrm_shape_next_word(r, &is_last), *value = strchr(word, '=');
        if (!value)
            return false;
        *value++ = '\0';
        const struct attribute *attribute = list;
        while (attribute->name && (*attribute->name != *word || strcmp(attribute->name, word) != 0))
            attribute++;
        if (!attribute->name || !store(r, attribute, base, value))
            return false;
    }
    return true;
}

bool clnrm_shape_store_type(struct clnrm_shape_reader *r, struct clnrm_shape_type *type,
                            bool is_last)
{
    return store_all(r, of_types, type, is_last);
}

bool clnrm_shape_store_key(struct clnrm_shape_reader *r, struct clnrm_shape_key *key, bool is_last)
{
    return store_all(r, of_keys, key, is_last);
}
