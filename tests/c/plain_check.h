/* plain_check.h -- what core/plain.h must keep for any text; for its test and its fuzz target. */
#ifndef CLNRM_PLAIN_CHECK_H
#define CLNRM_PLAIN_CHECK_H

#include "core/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PLAIN_CHECK_BYTES = 1 << 20 };

/* Reads `s`.  Of a program, texts lie in the template, pairs are texts and literals, and as many
 * words count as is told.  Returns whether it is plain. */
static inline bool plain_check(struct clnrm_slice s)
{
    struct clnrm_buf words = {.max = PLAIN_CHECK_BYTES};
    struct clnrm_plain plain;
    bool is_plain = clnrm_plain_read(s, &words, &plain);
    size_t count = words.len / sizeof(struct clnrm_plain_word), counted = 0;
    const struct clnrm_plain_word *word = (const void *)words.data;
    for (size_t i = 0; is_plain && i < count; i++) {
        size_t pairs = word[i].kind == CLNRM_PLAIN_TABLE ? (size_t)word[i].value : 0;
        assert_true(i + 2 * pairs < count);
        bool is_used =
            word[i].kind == CLNRM_PLAIN_NAME_USED || word[i].kind == CLNRM_PLAIN_STEP_USED;
        counted += !is_used;
        for (size_t j = i; j <= i + 2 * pairs; j++) {
            bool is_text = word[j].kind != CLNRM_PLAIN_INT && word[j].kind != CLNRM_PLAIN_BOOL &&
                           word[j].kind != CLNRM_PLAIN_TABLE;
            assert_true(!is_text ||
                        (word[j].value >= 0 && (size_t)word[j].value + word[j].size <= s.len));
            assert_true(j == i || word[j].kind <= CLNRM_PLAIN_BOOL);
        }
        i += 2 * pairs;
    }
    if (is_plain) {
        assert_int_equal(counted, plain.count);
        assert_true(plain.longest <= s.len && plain.loop_count <= CLNRM_PLAIN_LOOPS_MAX);
    }
    clnrm_buf_free(&words);
    return is_plain;
}

#endif
