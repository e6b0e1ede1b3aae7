/* plain_value.c -- paths, filters and comparisons of plain templates: see plain.h. */
#include "base/base.h"
#include "core/plain_impl.h"

enum { STEPS_MAX = 100, FILTERS_MAX = 16, ARGS_MAX = 8, DIGITS_MAX = 15 };

enum { COMPARED_MAX = 64 }; /* bytes of a text that is compared for nothing: of limits.lua, too */

bool clnrm_plain_skip(struct clnrm_plain_reader *p)
{
    size_t from = p->at;
    while (p->at < p->s.len && is_blank(p->s.data[p->at]))
        p->at++;
    return p->at > from;
}

bool clnrm_plain_take(struct clnrm_plain_reader *p, const char *text)
{
    size_t size = strlen(text);
    if (p->s.len - p->at < size || memcmp(p->s.data + p->at, text, size) != 0)
        return false;
    p->at += size;
    return true;
}

bool clnrm_plain_grow(struct clnrm_buf *words)
{
    return clnrm_buf_reserve(words, sizeof(struct clnrm_plain_word)) == 0;
}

static bool add_slice(struct clnrm_plain_reader *p, enum clnrm_plain_kind kind,
                      struct clnrm_slice text)
{
    return add_word(p, kind, (size_t)(text.data - p->s.data), text.len, 1);
}

static bool used(struct clnrm_plain_reader *p, enum clnrm_plain_kind kind, struct clnrm_slice name)
{
    return add_word(p, kind, (size_t)(name.data - p->s.data), name.len, 0);
}

bool clnrm_plain_take_name(struct clnrm_plain_reader *p, struct clnrm_slice *out)
{
    size_t from = p->at;
    if (!is_letter(here(p)))
        return false;
    while (is_letter(here(p)) || is_digit(here(p)))
        p->at++;
    *out = (struct clnrm_slice){p->s.data + from, p->at - from};
    return true;
}

static bool starts(struct clnrm_slice name, const char *with)
{
    size_t size = strlen(with);
    return name.len >= size && memcmp(name.data, with, size) == 0;
}

/* Names that the grammar reads as something else, or partly so. */
static bool is_reserved(struct clnrm_slice name)
{
    bool is_not = starts(name, "not") && (name.len == 3 || is_digit(name.data[3]));
    return is_not || starts(name, "true") || starts(name, "True") || starts(name, "false") ||
           starts(name, "False") || is(name, "__tera_context");
}

const struct clnrm_plain_known *clnrm_plain_find_name(const struct clnrm_plain_reader *p,
                                                      struct clnrm_slice text)
{
    for (uint32_t i = p->name_count; i > 0; i--)
        if (clnrm_slice_equal(p->names[i - 1].text, text))
            return &p->names[i - 1];
    return NULL;
}

bool clnrm_plain_add_name(struct clnrm_plain_reader *p, struct clnrm_slice text, uint32_t slot,
                          uint32_t loop)
{
    if (p->name_count == CLNRM_PLAIN_NAMES_MAX || is(text, "loop") || is_reserved(text))
        return false;
    p->names[p->name_count++] = (struct clnrm_plain_known){text, slot, loop};
    return true;
}

static bool tell_path(struct clnrm_plain_reader *p, struct clnrm_slice name,
                      struct clnrm_slice step)
{
    return used(p, CLNRM_PLAIN_NAME_USED, name) && used(p, CLNRM_PLAIN_STEP_USED, step);
}

/* The rest of a path that begins with `loop`: mode, the slot of the turn's number, at, 0.  A number
 * that is written does not count as a use of the name. */
static bool loop_value(struct clnrm_plain_reader *p, struct clnrm_slice name, size_t at,
                       bool is_written)
{
    static const char *const names[] = {"index", "index0", "first", "last"};
    struct clnrm_slice step;
    if (p->loops == 0 || !clnrm_plain_take(p, ".") || !clnrm_plain_take_name(p, &step) ||
        here(p) == '.')
        return false;
    for (size_t i = 0; i < 4; i++)
        if (is(step, names[i]))
            return ((is_written && i < 2) || tell_path(p, name, step)) &&
                   add_int(p, CLNRM_PLAIN_LOOP_INDEX + i) && add_int(p, p->loops) &&
                   add_int(p, at + 1) && add_int(p, 0);
    return false;
}

/* Steps behind a first name: how many, and each. */
static bool steps(struct clnrm_plain_reader *p, uint32_t *out)
{
    uint32_t count = 0;
    size_t patch = next_word(p);
    if (!add_int(p, 0))
        return false;
    while (here(p) == '.') {
        size_t from = ++p->at;
        while (is_letter(here(p)) || is_digit(here(p)))
            p->at++;
        if (p->at == from || ++count == STEPS_MAX ||
            !add_word(p, count == 1 ? CLNRM_PLAIN_STEP : CLNRM_PLAIN_TEXT, from, p->at - from, 1))
            return false;
    }
    word_at(p, patch)->value = count;
    *out = count;
    return true;
}

/* A path: mode, name or slot, at, how many steps, the steps.  Tells whether its value is always
 * there (one step, and bound or set), and whether it is a loop's number or state. */
static bool path(struct clnrm_plain_reader *p, bool is_written, bool *is_certain, bool *is_loop)
{
    struct clnrm_slice name;
    size_t at = p->at;
    uint32_t count;
    *is_certain = *is_loop = false;
    if (!clnrm_plain_take_name(p, &name) || is_reserved(name))
        return false;
    if (is(name, "loop")) {
        *is_loop = true;
        return loop_value(p, name, at, is_written);
    }
    const struct clnrm_plain_known *known = clnrm_plain_find_name(p, name);
    if (!known)
        return add_int(p, CLNRM_PLAIN_IN_CONTEXT) && add_slice(p, CLNRM_PLAIN_NAME, name) &&
               add_int(p, at + 1) && steps(p, &count);
    bool ok = add_int(p, known->loop ? CLNRM_PLAIN_IS_BOUND : CLNRM_PLAIN_IS_SET) &&
              used(p, CLNRM_PLAIN_NAME_USED, name) && add_int(p, known->slot) &&
              add_int(p, at + 1) && steps(p, &count);
    *is_certain = ok && count == 0;
    return ok;
}

/* A text in quotes. */
static bool take_text(struct clnrm_plain_reader *p, struct clnrm_slice *out)
{
    char quote = here(p);
    if (quote != '"' && quote != '\'' && quote != '`')
        return false;
    const char *from = p->s.data + p->at + 1;
    const char *stop = memchr(from, quote, p->s.len - p->at - 1);
    if (!stop)
        return false;
    *out = (struct clnrm_slice){from, (size_t)(stop - from)};
    p->at += out->len + 2;
    return true;
}

/* A whole number without sign. */
static bool take_number(struct clnrm_plain_reader *p, size_t *out)
{
    size_t from = p->at, value = 0;
    while (is_digit(here(p)) && p->at - from < DIGITS_MAX)
        value = value * 10 + (size_t)(p->s.data[p->at++] - '0');
    *out = value;
    return p->at > from && !is_digit(here(p)) && here(p) != '.' && !is_letter(here(p)) &&
           (p->s.data[from] != '0' || p->at == from + 1);
}

bool clnrm_plain_literal(struct clnrm_plain_reader *p, uint32_t counts)
{
    struct clnrm_slice text;
    size_t value;
    if (take_text(p, &text))
        return add_word(p, CLNRM_PLAIN_TEXT, (size_t)(text.data - p->s.data), text.len, counts);
    if (is_digit(here(p)))
        return take_number(p, &value) && add_word(p, CLNRM_PLAIN_INT, value, 0, counts);
    if (!clnrm_plain_take_name(p, &text) || (!is(text, "true") && !is(text, "false")))
        return false;
    return add_word(p, CLNRM_PLAIN_BOOL, is(text, "true"), 0, counts);
}

/* The arguments of a filter, a table; false (a word) without any.  `default` wants one alone,
 * `value`, and gets the literal itself. */
static bool arguments(struct clnrm_plain_reader *p, bool is_default, size_t *count)
{
    size_t patch = next_word(p);
    struct clnrm_slice names[ARGS_MAX];
    *count = 0;
    if (here(p) != '(')
        return !is_default && add_word(p, CLNRM_PLAIN_BOOL, 0, 0, 1);
    if (!is_default && !add_word(p, CLNRM_PLAIN_TABLE, 0, 0, 1))
        return false;
    do {
        p->at++;
        clnrm_plain_skip(p);
        if (*count == ARGS_MAX || !clnrm_plain_take_name(p, &names[*count]))
            return false;
        for (size_t i = 0; i < *count; i++)
            if (clnrm_slice_equal(names[i], names[*count]))
                return false;
        struct clnrm_slice name = names[(*count)++];
        clnrm_plain_skip(p);
        if (is_default
                ? *count > 1 || !is(name, "value")
                : !add_word(p, CLNRM_PLAIN_TEXT, (size_t)(name.data - p->s.data), name.len, 0))
            return false;
        if (!clnrm_plain_take(p, "="))
            return false;
        clnrm_plain_skip(p);
        if (!clnrm_plain_literal(p, is_default ? 1 : 0))
            return false;
        clnrm_plain_skip(p);
    } while (here(p) == ',');
    if (!is_default)
        word_at(p, patch)->value = (int64_t)*count;
    return clnrm_plain_take(p, ")");
}

/* Filters: what stands before them, unless that `is_known`; how many others, and each: name, at,
 * arguments. */
static bool filters(struct clnrm_plain_reader *p, bool is_known, bool *has_any)
{
    size_t patch = 0;
    int64_t count = 0;
    *has_any = false;
    for (uint32_t i = 0;; i++) {
        struct clnrm_slice name;
        size_t args = 0, at;
        clnrm_plain_skip(p);
        if (here(p) != '|') {
            if (i == 0 && !is_known && !add_int(p, CLNRM_PLAIN_NOTHING))
                return false;
            break;
        }
        p->at++;
        clnrm_plain_skip(p);
        at = p->at;
        if (i == FILTERS_MAX || !clnrm_plain_take_name(p, &name))
            return false;
        clnrm_plain_skip(p);
        *has_any = true;
        bool is_default = is(name, "default");
        if (is(name, "safe") || (is_default && (i > 0 || is_known)))
            return false;
        if (i == 0 && !is_known &&
            !add_int(p, is_default ? CLNRM_PLAIN_DEFAULT : CLNRM_PLAIN_NOTHING))
            return false;
        if (is_default) {
            if (!arguments(p, true, &args))
                return false;
        } else {
            if (!patch) {
                patch = next_word(p);
                if (!add_int(p, 0))
                    return false;
            }
            count++;
            if (!add_slice(p, CLNRM_PLAIN_TEXT, name) || !add_int(p, at + 1) ||
                !arguments(p, false, &args))
                return false;
        }
        p->steps += args;
    }
    if (!patch)
        return add_int(p, 0);
    word_at(p, patch)->value = count;
    return true;
}

/* A function with arguments: CALL, name, at, arguments.  What it gives is never walked far. */
static bool call(struct clnrm_plain_reader *p, bool is_output)
{
    struct clnrm_slice name;
    size_t at = p->at, word = next_word(p) + 3, args;
    bool has_filters;
    if (!clnrm_plain_take_name(p, &name) || is_reserved(name) || is(name, "super") ||
        !add_int(p, CLNRM_PLAIN_CALL) || !add_slice(p, CLNRM_PLAIN_TEXT, name) ||
        !add_int(p, at + 1) || !arguments(p, false, &args))
        return false;
    for (size_t i = word + 1; !is_output && i < next_word(p); i++)
        if (word_at(p, i)->kind == CLNRM_PLAIN_INT &&
            word_at(p, i)->value > (int64_t)CLNRM_PLAIN_RANGE_MAX)
            return false;
    p->steps += 1 + args;
    return add_int(p, CLNRM_PLAIN_NOTHING) && filters(p, true, &has_filters);
}

/* Whether a name stands here and the arguments of a function right behind it. */
static bool is_call(const struct clnrm_plain_reader *p)
{
    size_t at = p->at;
    while (at < p->s.len && (is_letter(p->s.data[at]) || is_digit(p->s.data[at])))
        at++;
    return at < p->s.len && at > p->at && p->s.data[at] == '(';
}

/* What is reckoned of the path that began `at`: RECKONED, operator, number, at.  Tells whether there
 * is an operator with a number; any other is not plain. */
static bool reckoned(struct clnrm_plain_reader *p, size_t at, bool *out)
{
    size_t value;
    clnrm_plain_skip(p);
    const char *sign = here(p) ? strchr(CLNRM_PLAIN_OPERATORS, here(p)) : NULL;
    *out = sign && p->at + 1 < p->s.len && p->s.data[p->at + 1] != '}';
    if (!*out)
        return true;
    p->at++;
    clnrm_plain_skip(p);
    return is_digit(here(p)) && take_number(p, &value) && add_int(p, CLNRM_PLAIN_RECKONED) &&
           add_int(p, (size_t)(sign - CLNRM_PLAIN_OPERATORS)) && add_int(p, value) &&
           add_int(p, at + 1);
}

bool clnrm_plain_expression(struct clnrm_plain_reader *p, bool is_output, bool may_reckon)
{
    bool is_certain, is_loop, has_filters, is_reckoned;
    size_t at = p->at;
    if (is_call(p))
        return call(p, is_output);
    if (!path(p, is_output, &is_certain, &is_loop))
        return false;
    struct clnrm_slice step = {p->s.data + at, p->at - at};
    if (!reckoned(p, at, &is_reckoned) || !filters(p, is_reckoned, &has_filters))
        return false;
    if (is_reckoned) {
        p->steps += 3; /* all of it, and both sides */
        if (is_loop && is_output) {
            size_t size = strlen("loop.");
            step = (struct clnrm_slice){step.data + size, step.len - size};
            return tell_path(p, (struct clnrm_slice){step.data - size, size - 1}, step);
        }
        return may_reckon;
    }
    p->steps += !is_output || has_filters || (is_certain && !is_loop);
    return !is_loop || !has_filters;
}

static bool number_side(struct clnrm_plain_reader *p)
{
    size_t value;
    return take_number(p, &value) && add_int(p, value);
}

bool clnrm_plain_condition(struct clnrm_plain_reader *p)
{
    static const struct {
        const char *text;
        int how;
    } SIGNS[] = {{"==", CLNRM_PLAIN_EQUAL},      {"!=", CLNRM_PLAIN_UNEQUAL},
                 {"<=", CLNRM_PLAIN_LESS_EQUAL}, {"<", CLNRM_PLAIN_LESS},
                 {">=", CLNRM_PLAIN_MORE_EQUAL}, {">", CLNRM_PLAIN_MORE}};
    bool is_certain, is_loop;
    size_t how = next_word(p);
    if (!add_int(p, CLNRM_PLAIN_TRUE))
        return false;
    if (p->s.len - p->at > 4 && starts((struct clnrm_slice){p->s.data + p->at, 4}, "not") &&
        is_blank(p->s.data[p->at + 3])) {
        p->at += 3;
        clnrm_plain_skip(p);
        word_at(p, how)->value = CLNRM_PLAIN_NOT;
    }
    if (!path(p, false, &is_certain, &is_loop))
        return false;
    clnrm_plain_skip(p);
    p->steps++;
    if (here(p) == '%')
        return true;
    if (word_at(p, how)->value == CLNRM_PLAIN_NOT)
        return false;
    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
        if (!clnrm_plain_take(p, SIGNS[i].text))
            continue;
        bool is_equality = SIGNS[i].how == CLNRM_PLAIN_EQUAL || SIGNS[i].how == CLNRM_PLAIN_UNEQUAL;
        clnrm_plain_skip(p);
        p->steps += is_equality ? 2 : 0;
        word_at(p, how)->value = SIGNS[i].how;
        struct clnrm_slice text;
        if (!is_equality || is_digit(here(p)))
            return number_side(p);
        if (!take_text(p, &text))
            return false;
        if (SIGNS[i].how == CLNRM_PLAIN_EQUAL && text.len <= COMPARED_MAX)
            word_at(p, how)->value = CLNRM_PLAIN_EQUAL_TEXT;
        return add_slice(p, CLNRM_PLAIN_TEXT, text);
    }
    return false;
}
