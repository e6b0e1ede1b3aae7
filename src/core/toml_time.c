/* toml_time.c -- see toml_time.h for the contract. */
#include "core/toml_time.h"

#include <stdio.h>

struct scan {
    const char *s, *end;
};

static bool is_digit(const struct scan *in, size_t at)
{
    return (size_t)(in->end - in->s) > at && in->s[at] >= '0' && in->s[at] <= '9';
}

/* Reads exactly `digits` digits.  Returns their value, or -1. */
static int number(struct scan *in, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(in, i))
            return -1;
        value = value * 10 + (in->s[i] - '0');
    }
    in->s += digits;
    return is_digit(in, 0) ? -1 : value;
}

static bool skip(struct scan *in, char c)
{
    if (in->s == in->end || *in->s != c)
        return false;
    in->s++;
    return true;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static const char *read_date(struct scan *in, struct clnrm_toml_time *out)
{
    if ((out->year = number(in, 4)) < 0 || !skip(in, '-') || (out->month = number(in, 2)) < 0 ||
        !skip(in, '-') || (out->day = number(in, 2)) < 0)
        return "a date is written YYYY-MM-DD";
    if (out->month < 1 || out->month > 12)
        return "the month must be 01 to 12";
    if (out->day < 1 || out->day > days_of(out->year, out->month))
        return "the month has no such day";
    return NULL;
}

static const char *read_fraction(struct scan *in, struct clnrm_toml_time *out)
{
    int scale = 100000000;
    if (!is_digit(in, 0))
        return "digits must follow the point in the seconds";
    for (; is_digit(in, 0); in->s++, scale /= 10)
        out->nanosecond += (*in->s - '0') * scale;
    return NULL;
}

static const char *read_time(struct scan *in, enum clnrm_toml_version version,
                             struct clnrm_toml_time *out)
{
    bool short_form = version != CLNRM_TOML_1_0;
    const char *form = short_form ? "a time is written HH:MM or HH:MM:SS"
                                  : "a time is written HH:MM:SS (without seconds in TOML 1.1 only)";
    if ((out->hour = number(in, 2)) < 0 || !skip(in, ':') || (out->minute = number(in, 2)) < 0)
        return form;
    if (skip(in, ':')) {
        if ((out->second = number(in, 2)) < 0)
            return form;
        const char *why = skip(in, '.') ? read_fraction(in, out) : NULL;
        if (why)
            return why;
    } else if (!short_form) {
        return form;
    }
    if (out->hour > 23)
        return "the hour must be 00 to 23";
    if (out->minute > 59)
        return "the minute must be 00 to 59";
    return out->second > 60 ? "the second must be 00 to 59, or 60 for a leap second" : NULL;
}

static const char *read_offset(struct scan *in, struct clnrm_toml_time *out)
{
    if (skip(in, 'Z') || skip(in, 'z'))
        return NULL;
    int sign = skip(in, '-') ? -1 : 1, hour, minute;
    if (sign > 0 && !skip(in, '+'))
        return "behind the time, Z or an offset like +02:00 was expected";
    if ((hour = number(in, 2)) < 0 || !skip(in, ':') || (minute = number(in, 2)) < 0)
        return "an offset is written +HH:MM or -HH:MM";
    if (hour > 23 || minute > 59)
        return "the offset must be -23:59 to +23:59";
    out->offset_minutes = sign * (hour * 60 + minute);
    return NULL;
}

const char *clnrm_toml_time_parse(const char *s, size_t len, enum clnrm_toml_version version,
                                  struct clnrm_toml_time *out)
{
    struct scan in = {s, s + len};
    *out = (struct clnrm_toml_time){.type = CLNRM_TOML_TIME_LOCAL};
    const char *why;
    if (len <= 2 || s[2] != ':') {
        if ((why = read_date(&in, out)) != NULL)
            return why;
        out->type = CLNRM_TOML_DATE_LOCAL;
        if (in.s == in.end)
            return NULL;
        if (!skip(&in, 'T') && !skip(&in, 't') && !skip(&in, ' '))
            return "between date and time, T or one space was expected";
        out->type = CLNRM_TOML_DATETIME_LOCAL;
    }
    if ((why = read_time(&in, version, out)) != NULL || in.s == in.end)
        return why;
    if (out->type == CLNRM_TOML_TIME_LOCAL)
        return "a time without a date has nothing behind the seconds";
    out->type = CLNRM_TOML_DATETIME;
    why = read_offset(&in, out);
    return !why && in.s != in.end ? "something stands behind the offset" : why;
}

bool clnrm_toml_time_like(const char *s, size_t len)
{
    size_t digits = 0;
    while (digits < len && s[digits] >= '0' && s[digits] <= '9')
        digits++;
    if (digits == 0 || digits + 1 >= len)
        return false;
    return (s[digits] == '-' && digits >= 2) || s[digits] == ':';
}

int clnrm_toml_time_print(const struct clnrm_toml_time *t, char out[CLNRM_TOML_TIME_TEXT])
{
    int n = 0;
    const size_t size = CLNRM_TOML_TIME_TEXT;
    if (t->type != CLNRM_TOML_TIME_LOCAL)
        n = snprintf(out, size, "%04d-%02d-%02d", t->year, t->month, t->day);
    if (t->type == CLNRM_TOML_DATE_LOCAL)
        return n;
    n += snprintf(out + n, size - (size_t)n, "%s%02d:%02d:%02d", n ? "T" : "", t->hour, t->minute,
                  t->second);
    if (t->nanosecond) {
        n += snprintf(out + n, size - (size_t)n, ".%09d", t->nanosecond);
        while (out[n - 1] == '0')
            out[--n] = '\0';
    }
    if (t->type != CLNRM_TOML_DATETIME)
        return n;
    int offset = abs(t->offset_minutes);
    if (offset)
        return n + snprintf(out + n, size - (size_t)n, "%c%02d:%02d",
                            t->offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
    return n + snprintf(out + n, size - (size_t)n, "Z");
}
