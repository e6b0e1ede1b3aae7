/* toml_shape_value.c -- whether values without parts fit their types. */
#include "core/toml_shape_impl.h"

#include "core/clock.h"

#include <strings.h>

#define EXACT_MAX (INT64_C(1) << 53) /* beyond it a double is not every whole number */

static bool is_blank_byte(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool clnrm_shape_is_blank(struct clnrm_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_blank_byte(text.data[i]))
            return false;
    return true;
}

bool clnrm_shape_has_blank(struct clnrm_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_blank_byte(text.data[i]))
            return true;
    return false;
}

/* Whether a text holds a NUL, which only an escape can have brought. */
static bool has_nul(uint32_t at, struct clnrm_slice text)
{
    return at & CLNRM_TOML_DECODED && memchr(text.data, '\0', text.len);
}

static bool begins_with(struct clnrm_slice text, struct clnrm_slice word)
{
    return text.len >= word.len && strncasecmp(text.data, word.data, word.len) == 0;
}

/* What is asked of the bytes of a text or of a key. */
bool clnrm_shape_bytes_fit(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                           uint32_t at, uint32_t len)
{
    const struct clnrm_shape_form *form = NULL;
    struct clnrm_slice text = {clnrm_toml_bytes(w->doc, at), len};
    if ((int64_t)len < type->min || (int64_t)len > type->max ||
        (!type->has_nul && has_nul(at, text)))
        return false;
    if ((type->form_count || type->has_pairs) &&
        !clnrm_shape_form_fits(w->shape, type, text, &form))
        return false;
    for (unsigned i = 0; i < type->word_count; i++)
        if (begins_with(text, w->shape->words[type->word_first + i]))
            return false;
    if (form && form->asks != CLNRM_SHAPE_NONE)
        w->asked |= UINT64_C(1) << form->asks;
    if (type->padded != CLNRM_SHAPE_NONE && len &&
        (is_blank_byte(text.data[0]) || is_blank_byte(text.data[len - 1])))
        clnrm_shape_set_mark(w, type->padded);
    if (type->set != CLNRM_SHAPE_NONE) {
        const char *stop = type->until ? memchr(text.data, type->until, len) : NULL;
        if (!clnrm_shape_add_text(w, type->set, at, stop ? (uint32_t)(stop - text.data) : len)) {
            if (type->repeated == CLNRM_SHAPE_NONE)
                return false;
            clnrm_shape_set_mark(w, type->repeated);
        }
    }
    if (type->refers != CLNRM_SHAPE_NONE && type->is_earlier)
        return clnrm_shape_is_earlier(w, type->refers, at, len);
    if (type->refers != CLNRM_SHAPE_NONE)
        clnrm_shape_add_reference(w, type->refers, at, len);
    return true;
}

static bool number_fits(const struct clnrm_shape_type *type, const struct clnrm_toml_node *node)
{
    double value = node->value.number;
    if (node->type == CLNRM_TOML_INTEGER) {
        if (node->value.integer < -EXACT_MAX || node->value.integer > EXACT_MAX)
            return false;
        value = (double)node->value.integer;
    } else if (node->type != CLNRM_TOML_FLOAT) {
        return false;
    }
    return value >= type->least && value <= type->most; /* no NaN is */
}

static bool word_fits(const struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                      const struct clnrm_toml_node *node)
{
    for (unsigned i = 0; node->type == CLNRM_TOML_STRING && i < type->word_count; i++)
        if (clnrm_slice_equal(clnrm_shape_text(w, node), w->shape->words[type->word_first + i]))
            return true;
    return false;
}

static bool duration_fits(const struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                          const struct clnrm_toml_node *node)
{
    int64_t ms = -1;
    if (node->type == CLNRM_TOML_INTEGER && node->value.integer >= 0 &&
        node->value.integer <= type->max / type->unit)
        ms = node->value.integer * type->unit;
    else if (node->type == CLNRM_TOML_STRING && type->is_text)
        ms = clnrm_shape_duration(clnrm_shape_text(w, node));
    return ms >= type->min && ms <= type->max;
}

static bool regex_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                       const struct clnrm_toml_node *node)
{
    bool is_empty;
    if (node->type != CLNRM_TOML_STRING || node->value.string.len == 0 ||
        !clnrm_shape_regex_fits(clnrm_shape_text(w, node), &is_empty))
        return false;
    if (is_empty)
        clnrm_shape_set_mark(w, type->empty);
    return true;
}

static bool time_fits(const struct clnrm_shape_walk *w, const struct clnrm_toml_node *node)
{
    struct clnrm_slice text = {clnrm_toml_bytes(w->doc, node->offset), node->end - node->offset};
    int64_t ns;
    if (node->type == CLNRM_TOML_STRING)
        text = clnrm_shape_text(w, node);
    else if (node->type != CLNRM_TOML_DATETIME)
        return false;
    return clnrm_clock_parse(text, &ns) == 0 && ns >= 0;
}

static bool port_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                      const struct clnrm_toml_node *node)
{
    int64_t inside = 0, outside = -1;
    if (node->type == CLNRM_TOML_INTEGER)
        inside = node->value.integer;
    else if (node->type != CLNRM_TOML_STRING ||
             !clnrm_shape_port(clnrm_shape_text(w, node), &inside, &outside))
        return false;
    return inside >= 1 && inside <= 65535 && clnrm_shape_add_number(w, type->set, inside) &&
           (outside <= 0 || clnrm_shape_add_number(w, type->outside, outside));
}

bool clnrm_shape_value_fits(struct clnrm_shape_walk *w, const struct clnrm_shape_type *type,
                            const struct clnrm_toml_node *node)
{
    switch (type->kind) {
    case CLNRM_SHAPE_TEXT:
        return node->type == CLNRM_TOML_STRING &&
               clnrm_shape_bytes_fit(w, type, node->value.string.at, node->value.string.len);
    case CLNRM_SHAPE_INTEGER:
        return node->type == CLNRM_TOML_INTEGER && node->value.integer >= type->min &&
               node->value.integer <= type->max;
    case CLNRM_SHAPE_NUMBER:
        return number_fits(type, node);
    case CLNRM_SHAPE_BOOLEAN:
        return node->type == CLNRM_TOML_BOOLEAN;
    case CLNRM_SHAPE_WORD:
        return word_fits(w, type, node);
    case CLNRM_SHAPE_DURATION:
        return duration_fits(w, type, node);
    case CLNRM_SHAPE_REGEX:
        return regex_fits(w, type, node);
    case CLNRM_SHAPE_PORT:
        return port_fits(w, type, node);
    case CLNRM_SHAPE_TIME:
        return time_fits(w, node);
    default:
        return false;
    }
}
