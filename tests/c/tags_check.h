/* tags_check.h -- what core/tags.h must keep for any text; for its test and its fuzz target. */
#ifndef CLNRM_TAGS_CHECK_H
#define CLNRM_TAGS_CHECK_H

#include "core/tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TAGS_CHECK_MAX = 64 };

/* Tags and texts lie side by side up to the end, and what is said to repeat does.  `max` is at most
 * TAGS_CHECK_MAX. */
static inline void tags_check(struct clnrm_slice s, size_t max)
{
    struct clnrm_tag tags[TAGS_CHECK_MAX];
    size_t lead;
    size_t count = clnrm_tags_cut(s, 0, tags, max, &lead);
    size_t at = lead;
    assert_true(count <= max && lead <= s.len);
    clnrm_tags_repeat(s, tags, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tags[i].at, at);
        assert_true(tags[i].size >= 2 && s.data[at] == '{' && strchr("{%#", s.data[at + 1]));
        at += tags[i].size + tags[i].gap;
        assert_true(at <= s.len);
        size_t stop = i + (size_t)tags[i].period * tags[i].count;
        assert_true(stop <= count);
        for (size_t j = i; j + tags[i].period < stop; j++) {
            const struct clnrm_tag *a = &tags[j], *b = &tags[j + tags[i].period];
            assert_int_equal(a->size, b->size);
            assert_memory_equal(s.data + a->at, s.data + b->at, a->size);
            assert_true(a->gap != 0 || b->gap == 0);
        }
    }
    assert_true(count == max || at == s.len);
}

#endif
