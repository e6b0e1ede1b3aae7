/* toml_number.c -- TOML values that are neither strings nor containers: numbers, booleans, dates. */
#include "core/toml_lex.h"
#include "core/toml_time.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

enum {
    EXACT_POWER_MAX = 22, /* 10^22 is the largest power of ten that a double holds exactly */
    EXACT_DIGITS_MAX = 19,
    EXPONENT_MAX = 100000, /* beyond any double; larger ones are counted as this */
    TEXT_MAX = CLNRM_TOML_NUMBER_MAX + 1,
};
#define EXACT_MANTISSA_MAX (UINT64_C(1) << 53)

/* One atom under examination. */
struct atom {
    struct clnrm_toml_reader *r;
    const char *from, *to;
};

static const char *fail(struct atom *a, enum clnrm_toml_code code, const char *help,
                        const char *what)
{
    struct clnrm_toml_found found;
    a->r->at = a->to;
    clnrm_toml_fail(a->r, code, a->from, a->to, help, "%s: %s",
                    clnrm_toml_found(a->r, a->from, &found), what);
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool equals(const struct atom *a, const char *from, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(a->to - from) == len && memcmp(from, word, len) == 0;
}

/* Reads 0x, 0o and 0b numbers. */
static const char *read_based(struct atom *a, struct clnrm_toml_node *node)
{
    const char *s = a->from + 2;
    const unsigned base = a->from[1] == 'x' ? 16 : a->from[1] == 'o' ? 8 : 2;
    uint64_t value = 0;
    bool after_digit = false;
    for (; s < a->to; s++) {
        char c = (char)(*s | 0x20);
        unsigned digit = is_digit(*s)           ? (unsigned)(*s - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : base;
        if (*s == '_' && after_digit) {
            after_digit = false;
            continue;
        }
        if (digit >= base || (*s == '_'))
            break;
        if (value > ((uint64_t)INT64_MAX - digit) / base)
            return fail(a, CLNRM_TOML_E_RANGE, NULL,
                        "an integer must fit 64 bits (at most 0x7fffffffffffffff)");
        value = value * base + digit;
        after_digit = true;
    }
    if (s < a->to || !after_digit)
        return fail(a, CLNRM_TOML_E_NUMBER, NULL,
                    base == 16  ? "expected hexadecimal digits, with _ only between two of them"
                    : base == 8 ? "expected digits 0 to 7, with _ only between two of them"
                                : "expected digits 0 and 1, with _ only between two of them");
    node->type = CLNRM_TOML_INTEGER;
    node->value.integer = (int64_t)value;
    return a->to;
}

static const char *read_integer(struct atom *a, const char *digits, bool negative,
                                struct clnrm_toml_node *node)
{
    const uint64_t max = (uint64_t)INT64_MAX + negative;
    uint64_t value = 0;
    for (const char *s = digits; *s; s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (value > (max - digit) / 10)
            return fail(a, CLNRM_TOML_E_RANGE, NULL,
                        "an integer must be -9223372036854775808 to 9223372036854775807");
        value = value * 10 + digit;
    }
    node->type = CLNRM_TOML_INTEGER;
    node->value.integer = negative ? (int64_t)(0 - value) : (int64_t)value;
    return a->to;
}

/* Converts what strtod would, without its cost where a double does it exactly. */
static double to_double(const char *text)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t mantissa = 0;
    int digits = 0, exponent = 0, sign = 1, shift = 0;
    const char *s = text;
    for (bool fraction = false; is_digit(*s) || *s == '.'; s++) {
        if (*s == '.') {
            fraction = true;
            continue;
        }
        mantissa = mantissa * 10 + (uint64_t)(*s - '0'); /* may wrap: then `digits` tells */
        digits += mantissa != 0;
        shift -= fraction;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '+' || *s == '-')
            sign = *s++ == '-' ? -1 : 1;
        for (; is_digit(*s); s++)
            exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*s - '0') : EXPONENT_MAX;
    }
    exponent = sign * exponent + shift;
    if (digits <= EXACT_DIGITS_MAX && mantissa <= EXACT_MANTISSA_MAX &&
        abs(exponent) <= EXACT_POWER_MAX)
        return exponent < 0 ? (double)mantissa / power[-exponent]
                            : (double)mantissa * power[exponent];
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* a script may have set another */
    double value = strtod_l(text, NULL, c);
    freelocale(c);
    return value;
}

/* Copies digits without their underscores.  Returns NULL when an underscore is not between two. */
static const char *copy_digits(const char *s, const char *end, char **out)
{
    const char *from = s;
    for (; s < end && (is_digit(*s) || *s == '_'); s++) {
        if (*s != '_')
            *(*out)++ = *s;
        else if (s == from || !is_digit(s[-1]) || s + 1 == end || !is_digit(s[1]))
            return NULL;
    }
    return s;
}

static const char *read_fraction(struct atom *a, const char *s, char *text, char *out)
{
    static const char underscore[] = "_ may stand between two digits only";
    const char *from;
    if (*s == '.') {
        *out++ = *s++;
        from = s;
        if ((s = copy_digits(s, a->to, &out)) == NULL)
            return fail(a, CLNRM_TOML_E_NUMBER, NULL, underscore);
        if (s == from)
            return fail(a, CLNRM_TOML_E_NUMBER, "write 1.0, not 1.",
                        "digits must follow the decimal point");
    }
    if (s < a->to && (*s == 'e' || *s == 'E')) {
        *out++ = *s++;
        if (s < a->to && (*s == '+' || *s == '-'))
            *out++ = *s++;
        from = s;
        if ((s = copy_digits(s, a->to, &out)) == NULL)
            return fail(a, CLNRM_TOML_E_NUMBER, NULL, underscore);
        if (s == from)
            return fail(a, CLNRM_TOML_E_NUMBER, NULL, "digits must follow the exponent sign");
    }
    *out = '\0';
    if (s < a->to)
        return fail(a, CLNRM_TOML_E_NUMBER, "put text in quotes", "not a number, date or time");
    return text;
}

static const char *read_number(struct atom *a, struct clnrm_toml_node *node)
{
    char text[TEXT_MAX], *out = text;
    bool negative = *a->from == '-';
    const char *s = a->from + (negative || *a->from == '+');
    if (equals(a, s, "inf") || equals(a, s, "nan")) {
        node->type = CLNRM_TOML_FLOAT;
        node->value.number = *s == 'i' ? INFINITY : NAN;
        if (negative)
            node->value.number = -node->value.number;
        return a->to;
    }
    if ((size_t)(a->to - a->from) > CLNRM_TOML_NUMBER_MAX)
        return fail(a, CLNRM_TOML_E_RANGE, NULL, "a number may have at most 1024 characters");
    if (a->to - s > 1 && *s == '0' && (s[1] == 'x' || s[1] == 'o' || s[1] == 'b')) {
        if (s == a->from)
            return read_based(a, node);
        return fail(a, CLNRM_TOML_E_NUMBER, NULL, "0x, 0o and 0b numbers have no sign");
    }
    if (s == a->to || !is_digit(*s))
        return fail(a, CLNRM_TOML_E_NUMBER, *s == '.' ? "write 0.5, not .5" : NULL,
                    "a number starts with a digit");
    if (*s == '0' && (is_digit(s[1]) || s[1] == '_'))
        return fail(a, CLNRM_TOML_E_NUMBER,
                    "drop the zeros, write 0o for octal, or put text in quotes",
                    "a decimal number has no leading zeros");
    if ((s = copy_digits(s, a->to, &out)) == NULL)
        return fail(a, CLNRM_TOML_E_NUMBER, NULL, "_ may stand between two digits only");
    *out = '\0';
    if (s == a->to)
        return read_integer(a, text, negative, node);
    if (!read_fraction(a, s, text, out))
        return NULL;
    double value = to_double(text);
    if (isinf(value))
        return fail(a, CLNRM_TOML_E_RANGE, "write inf for infinity",
                    "too large for a 64-bit float");
    node->type = CLNRM_TOML_FLOAT;
    node->value.number = negative ? -value : value;
    return a->to;
}

static const char *read_time(struct atom *a, struct clnrm_toml_node *node)
{
    struct clnrm_toml_time time;
    const char *s = a->to;
    if (a->to - a->from == 10 && *s == ' ' && is_digit(s[1]) && is_digit(s[2]) && s[3] == ':') {
        for (s++; !clnrm_toml_is(s, CLNRM_TOML_C_STOP);)
            s++;
        a->to = s;
    }
    size_t len = (size_t)(a->to - a->from);
    const char *why = clnrm_toml_time_parse(a->from, len, a->r->version, &time);
    if (why)
        return fail(a, CLNRM_TOML_E_TIME, NULL, why);
    node->type = (uint8_t)time.type;
    return a->to;
}

static const char *fail_word(struct atom *a)
{
    static const char *const words[][2] = {
        {"True", "write true"},
        {"TRUE", "write true"},
        {"False", "write false"},
        {"FALSE", "write false"},
        {"yes", "write true"},
        {"no", "write false"},
        {"on", "write true"},
        {"off", "write false"},
        {"Inf", "write inf"},
        {"NaN", "write nan"},
        {"null", "leave the key out: TOML has no null"},
        {"nil", "leave the key out: TOML has no null"},
        {"None", "leave the key out: TOML has no null"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (equals(a, a->from, words[i][0]))
            return fail(a, CLNRM_TOML_E_WORD, words[i][1], "not a value");
    return fail(a, CLNRM_TOML_E_WORD, "put text in quotes",
                "expected a string, number, true, false, date, array or inline table");
}

const char *clnrm_toml_atom(struct clnrm_toml_reader *r, const char *s,
                            struct clnrm_toml_node *node)
{
    struct atom a = {r, s, s};
    const char *to;
    while (!clnrm_toml_is(a.to, CLNRM_TOML_C_STOP))
        a.to++;
    if (a.to == s) {
        struct clnrm_toml_found found;
        r->at = s;
        clnrm_toml_fail(r, CLNRM_TOML_E_NO_VALUE, s, s + (*s == ',' || *s == ']' || *s == '}'),
                        NULL, "expected a value, found %s", clnrm_toml_found(r, s, &found));
        return NULL;
    }
    if (equals(&a, s, "true") || equals(&a, s, "false")) {
        node->type = CLNRM_TOML_BOOLEAN;
        node->value.boolean = *s == 't';
        to = a.to;
    } else if (clnrm_toml_time_like(s, (size_t)(a.to - s))) {
        to = read_time(&a, node);
    } else if (is_digit(*s) || *s == '+' || *s == '-' || *s == '.' || equals(&a, s, "inf") ||
               equals(&a, s, "nan")) {
        to = read_number(&a, node);
    } else {
        to = fail_word(&a);
    }
    if (to)
        clnrm_toml_token(r, CLNRM_TOML_T_ATOM, s, to);
    return to;
}
