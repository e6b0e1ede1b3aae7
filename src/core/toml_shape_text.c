/* toml_shape_text.c -- what single texts may be: forms, durations, ports, expressions. */
#include "core/toml_shape_impl.h"

#include "core/regex.h"

enum {
    REGEX_PLAIN_MAX = 256, /* longer ones are compiled: the compiled form has a limit, too */
    DURATION_DIGITS = 12,
    PORT_DIGITS = 5,
};

static bool is_of_form(const struct clnrm_shape *shape, const struct clnrm_shape_form *form,
                       struct clnrm_slice text)
{
    size_t at = 0;
    for (unsigned i = form->first; i < (unsigned)form->first + form->count; i++) {
        const struct clnrm_shape_run *run = &shape->runs[i];
        size_t from = at;
        while (at < text.len && clnrm_shape_in_set(run->set, (unsigned char)text.data[at])) {
            at++;
            if (!run->is_many)
                break;
        }
        if (at == from && !run->is_optional)
            return false;
    }
    return at == text.len;
}

bool clnrm_shape_form_fits(const struct clnrm_shape *shape, const struct clnrm_shape_type *type,
                           struct clnrm_slice text, const struct clnrm_shape_form **form)
{
    bool is_pair = true; /* the begin is like one of them */
    for (size_t i = 0; type->has_pairs && i <= text.len; i++) {
        bool is_one = i == text.len || clnrm_shape_in_set(type->pairs, (unsigned char)text.data[i]);
        if (is_one && is_pair)
            return false;
        is_pair = is_one;
    }
    for (unsigned i = 0; i < type->form_count; i++) {
        *form = &shape->forms[type->form_first + i];
        if (is_of_form(shape, *form, text))
            return true;
    }
    return type->form_count == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Milliseconds of a unit; 0: there is no such unit. */
static int64_t unit_of(const char *s, size_t len)
{
    if (len == 2 && s[0] == 'm' && s[1] == 's')
        return 1;
    if (len != 1)
        return 0;
    return *s == 's' ? 1000 : *s == 'm' ? 60000 : *s == 'h' ? 3600000 : 0;
}

int64_t clnrm_shape_duration(struct clnrm_slice text)
{
    int64_t total = 0, last_unit = INT64_MAX;
    size_t at = 0;
    while (at < text.len) {
        int64_t number = 0;
        size_t from = at;
        for (; at < text.len && is_digit(text.data[at]); at++) {
            if (at - from == DURATION_DIGITS)
                return -1;
            number = number * 10 + (text.data[at] - '0');
        }
        size_t word = at;
        while (at < text.len && is_letter(text.data[at]))
            at++;
        int64_t unit = unit_of(text.data + word, at - word);
        if (word == from || !unit || unit >= last_unit)
            return -1;
        total += number * unit; /* at most four units of 12 digits */
        last_unit = unit;
    }
    return at ? total : -1;
}

/* Reads up to five digits. */
static size_t read_port(struct clnrm_slice text, size_t at, int64_t *out)
{
    size_t from = at;
    *out = 0;
    for (; at < text.len && is_digit(text.data[at]) && at - from < PORT_DIGITS; at++)
        *out = *out * 10 + (text.data[at] - '0');
    return at > from && *out <= 65535 ? at : 0;
}

bool clnrm_shape_port(struct clnrm_slice text, int64_t *inside, int64_t *outside)
{
    size_t at = read_port(text, 0, inside);
    *outside = -1;
    if (at && at < text.len && text.data[at] == ':') {
        *outside = *inside;
        at = read_port(text, at + 1, inside);
    }
    return at && at == text.len && *inside > 0;
}

/* Passes over one character that a plain expression may have, and says what it is: 'a' takes a
 * character, '^' takes none, '*' repeats what is before, '|' parts; 0: the expression is not plain. */
static char plain_item(struct clnrm_slice p, size_t *at)
{
    char c = p.data[(*at)++];
    if (c == '^' || c == '$')
        return '^';
    if (c == '|')
        return c;
    if (c == '*' || c == '+' || c == '?')
        return '*';
    if (c != '\\')
        return strchr("[](){}", c) ? 0 : 'a'; /* a NUL is found, too */
    if (*at == p.len)
        return 0;
    c = p.data[(*at)++];
    if (c == 'b')
        return '^';
    bool is_punctuation = c > ' ' && c < 0x7f && !is_digit(c) && !is_letter(c);
    return is_punctuation || (c && strchr("dwsDWS", c)) ? 'a' : 0;
}

/* Whether an expression is right beyond doubt, by its text alone. */
static bool is_plain_regex(struct clnrm_slice p, bool *is_empty)
{
    size_t at = 0, least = 0; /* characters, not bytes, that a part takes */
    char before = '|';
    *is_empty = false;
    if (p.len > REGEX_PLAIN_MAX)
        return false;
    while (at < p.len) {
        char first = p.data[at], item = plain_item(p, &at);
        if (!item || (item == '*' && before != 'a'))
            return false;
        if (item == '|') {
            *is_empty |= least == 0;
            least = 0;
        }
        least += item == 'a' && ((unsigned char)first & 0xC0) != 0x80;
        if (item == '*' && first != '+')
            least--;
        before = item;
    }
    *is_empty |= least == 0;
    return true;
}

bool clnrm_shape_regex_fits(struct clnrm_slice pattern, bool *is_empty)
{
    struct clnrm_regex *re;
    struct clnrm_regex_error err;
    if (is_plain_regex(pattern, is_empty))
        return true;
    *is_empty = true;
    if (clnrm_regex_open(pattern, CLNRM_REGEX_NO_JIT, &re, &err) < 0)
        return false;
    *is_empty = clnrm_regex_may_be_empty(re);
    clnrm_regex_close(re);
    return true;
}
