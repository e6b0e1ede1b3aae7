/* json_scan.h -- goes through JSON once, from front to back, and builds nothing.
 *
 * For readers of one known form that need speed: they ask for what they expect, and whatever else
 * stands there is false.  Then nothing is known of the text but that it is not that; core/json.h
 * says what is wrong with it.  Only UTF-8 that was checked is to be scanned.
 *
 * Ownership: texts without escapes are slices of what is scanned, others of `room`, which
 * clnrm_scan_close() frees.  Threads: one at a time per scanner.  Layer: core. */
#ifndef CLNRM_JSON_SCAN_H
#define CLNRM_JSON_SCAN_H

#include <stdint.h>

#include "base/slice.h"

struct clnrm_scan {
    const char *at, *end;
    const char *start;
    char *room; /* decoded texts; as long as what is scanned, since none of them grows */
    size_t used;
};

void clnrm_scan_open(struct clnrm_scan *s, struct clnrm_slice text);

/* Frees the decoded texts; safe twice. */
void clnrm_scan_close(struct clnrm_scan *s);

/* Goes past blanks and lines. */
void clnrm_scan_blank(struct clnrm_scan *s);

/* Each goes past blanks and then past one thing; false: it is not there, or not of this form, and
 * `*out` is undefined.  A text with the code point 0 or a lone surrogate is none. */
bool clnrm_scan_take(struct clnrm_scan *s, char c);
bool clnrm_scan_word(struct clnrm_scan *s, const char *word);
bool clnrm_scan_text(struct clnrm_scan *s, struct clnrm_slice *out);

/* A whole number of 64 bits. */
bool clnrm_scan_integer(struct clnrm_scan *s, int64_t *out);

/* Any number; a whole one must be of 64 bits.  A real beyond a double is none. */
bool clnrm_scan_real(struct clnrm_scan *s, double *out);

/* Reads digits with an optional minus, as the whole of a text. */
bool clnrm_scan_digits(struct clnrm_slice text, int64_t *out);

/* Visits each member of an object: the scanner stands before its value; `visit` goes past it. */
typedef bool clnrm_scan_member_fn(void *data, struct clnrm_slice key);
bool clnrm_scan_object(struct clnrm_scan *s, clnrm_scan_member_fn *visit, void *data);

/* The same of each entry of an array. */
typedef bool clnrm_scan_entry_fn(void *data);
bool clnrm_scan_array(struct clnrm_scan *s, clnrm_scan_entry_fn *visit, void *data);

#endif
