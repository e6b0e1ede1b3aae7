/* clock.c -- see clock.h for the contract. */
#include "core/clock.h"
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

int64_t clnrm_clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clnrm_clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clnrm_clock_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Days from 1970-01-01 of a day of the Gregorian calendar (H. Hinnant's days_from_civil). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

size_t clnrm_clock_format(int64_t wall_ns, int digits, char out[CLNRM_CLOCK_TEXT_MAX])
{
    int64_t seconds = wall_ns / SECOND, fraction = wall_ns % SECOND;
    if (fraction < 0) {
        fraction += SECOND;
        seconds--;
    }
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int year, month, day;
    date_of(days, &year, &month, &day);
    size_t n =
        (size_t)snprintf(out, CLNRM_CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                         day, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    if (digits > 0) {
        out[n++] = '.';
        for (int64_t unit = SECOND / 10; digits > 0 && unit > 0; digits--, unit /= 10)
            out[n++] = (char)('0' + fraction / unit % 10);
    }
    out[n++] = 'Z';
    out[n] = '\0';
    return n;
}

struct reader {
    const char *at, *end;
    bool is_bad;
};

static int take_number(struct reader *r, int digits, int least, int most)
{
    int value = 0;
    for (; digits > 0; digits--, r->at++) {
        if (r->at == r->end || *r->at < '0' || *r->at > '9') {
            r->is_bad = true;
            return least;
        }
        value = value * 10 + (*r->at - '0');
    }
    if (value < least || value > most)
        r->is_bad = true;
    return value;
}

static char take_one(struct reader *r, const char *allowed)
{
    if (r->at < r->end && *r->at && strchr(allowed, *r->at))
        return *r->at++;
    r->is_bad = true;
    return '\0';
}

static int64_t take_fraction(struct reader *r)
{
    int64_t value = 0, unit = SECOND / 10;
    if (r->at == r->end || *r->at != '.')
        return 0;
    r->at++;
    if (r->at == r->end || *r->at < '0' || *r->at > '9')
        r->is_bad = true;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10)
        value += (*r->at - '0') * unit;
    return value;
}

/* Seconds east of UTC. */
static int take_offset(struct reader *r)
{
    char sign = take_one(r, "Zz+-");
    if (r->is_bad || sign == 'Z' || sign == 'z')
        return 0;
    int hours = take_number(r, 2, 0, 23);
    take_one(r, ":");
    int seconds = hours * 3600 + take_number(r, 2, 0, 59) * 60;
    return sign == '-' ? -seconds : seconds;
}

static int month_days(int year, int month)
{
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 ? 28 + is_leap : 30 + ((month + (month > 7)) & 1);
}

int clnrm_clock_parse(struct clnrm_slice text, int64_t *out)
{
    struct reader r = {text.data, text.data + text.len, false};
    int year = take_number(&r, 4, 0, 9999);
    take_one(&r, "-");
    int month = take_number(&r, 2, 1, 12);
    take_one(&r, "-");
    int day = take_number(&r, 2, 1, 31);
    take_one(&r, "Tt ");
    int hour = take_number(&r, 2, 0, 23);
    take_one(&r, ":");
    int minute = take_number(&r, 2, 0, 59);
    take_one(&r, ":");
    int second = take_number(&r, 2, 0, 60);
    int64_t fraction = take_fraction(&r);
    int offset = take_offset(&r);
    if (r.is_bad || r.at != r.end || day > month_days(year, month))
        return CLNRM_ESYNTAX;
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    seconds -= offset;
    if (seconds > INT64_MAX / SECOND - 1 || seconds < INT64_MIN / SECOND + 1)
        return -ERANGE;
    *out = seconds * SECOND + fraction;
    return 0;
}
