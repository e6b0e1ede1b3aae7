/* toml_time.h -- the four kinds of dates and times of TOML: checks them, takes them apart.
 *
 * Layer: core. */
#ifndef CLNRM_TOML_TIME_H
#define CLNRM_TOML_TIME_H

#include "core/toml.h"

#define CLNRM_TOML_TIME_TEXT 128 /* room for eight fields of any nine digits, and a NUL */

struct clnrm_toml_time {
    enum clnrm_toml_type type;      /* which of the four, and so which fields count */
    int year, month, day;           /* 0 to 9999, 1 to 12, 1 to 31 */
    int hour, minute, second;       /* 60 is a leap second */
    int nanosecond, offset_minutes; /* digits past the ninth are cut; east of UTC */
};

/* Reads the `len` bytes at `s`.  Returns NULL and fills `*out`, or a sentence that says what is wrong;
 * then `*out` is undefined. */
const char *clnrm_toml_time_parse(const char *s, size_t len, enum clnrm_toml_version version,
                                  struct clnrm_toml_time *out);

/* Tells whether the `len` bytes at `s` look like a date or a time, right or wrong. */
bool clnrm_toml_time_like(const char *s, size_t len);

/* Writes it in the form of RFC 3339 (`1979-05-27T07:32:00.5Z`).  Returns the length.  Fields may be
 * out of range, up to nine digits. */
int clnrm_toml_time_print(const struct clnrm_toml_time *t, char out[CLNRM_TOML_TIME_TEXT]);

#endif
