/* plain_check.h -- what core/plain.h must keep for any text; for its test and its fuzz target. */
#ifndef CLNRM_PLAIN_CHECK_H
#define CLNRM_PLAIN_CHECK_H

#include "core/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PLAIN_CHECK_BYTES = 1 << 20 };

struct plain_check { /* a program's words that count */
    const struct clnrm_plain_word *words;
    size_t count, at, depth;
    const struct clnrm_plain *plain;
};

/* Takes the next word, a number. */
static inline int64_t plain_check_int(struct plain_check *c)
{
    assert_true(c->at < c->count && c->words[c->at].kind == CLNRM_PLAIN_INT);
    return c->words[c->at++].value;
}

/* Takes the place where the program goes on: ahead, and in it. */
static inline void plain_check_place(struct plain_check *c)
{
    int64_t place = plain_check_int(c);
    assert_true(place > (int64_t)c->at && place <= (int64_t)c->count);
}

static inline void plain_check_slot(struct plain_check *c, int64_t more)
{
    int64_t slot = plain_check_int(c);
    assert_true(slot > 0 && slot + more <= (int64_t)c->plain->slots);
}

static inline void plain_check_path(struct plain_check *c)
{
    int64_t mode = plain_check_int(c);
    if (mode == CLNRM_PLAIN_IN_CONTEXT || mode == CLNRM_PLAIN_LITERAL)
        c->at++;
    else
        plain_check_slot(c, 0);
    assert_true(mode >= 0 && mode <= CLNRM_PLAIN_LITERAL);
    assert_true(mode < CLNRM_PLAIN_LOOP_INDEX || mode == CLNRM_PLAIN_LITERAL || c->depth > 0);
    assert_true(plain_check_int(c) > 0);
    c->at += (size_t)plain_check_int(c);
}

static inline void plain_check_value(struct plain_check *c)
{
    plain_check_path(c);
    c->at += plain_check_int(c) == 1;
    for (int64_t filters = plain_check_int(c); filters > 0; filters--) {
        c->at++;
        assert_true(plain_check_int(c) > 0);
        c->at++;
    }
}

/* Whether all that the words say stays in the program, as who runs them relies on. */
static inline void plain_check_program(struct plain_check *c)
{
    while (c->at < c->count) {
        int64_t op = plain_check_int(c), how;
        switch (op) {
        case CLNRM_PLAIN_END:
            assert_true(c->depth > 0 || c->at == c->count);
            c->depth -= c->depth > 0;
            break;
        case CLNRM_PLAIN_PUT:
            assert_true(c->words[c->at++].kind == CLNRM_PLAIN_TEXT);
            plain_check_int(c);
            break;
        case CLNRM_PLAIN_OUT:
            plain_check_int(c);
            plain_check_value(c);
            break;
        case CLNRM_PLAIN_IF:
            plain_check_place(c);
            how = plain_check_int(c);
            plain_check_path(c);
            c->at += how != CLNRM_PLAIN_TRUE && how != CLNRM_PLAIN_NOT;
            break;
        case CLNRM_PLAIN_JUMP:
            plain_check_place(c);
            break;
        case CLNRM_PLAIN_FOR:
            plain_check_place(c);
            assert_true(plain_check_int(c) > 0);
            plain_check_slot(c, 3);
            plain_check_int(c);
            plain_check_value(c);
            assert_true(++c->depth <= c->plain->depth);
            break;
        case CLNRM_PLAIN_SET:
            plain_check_slot(c, 0);
            plain_check_value(c);
            break;
        case CLNRM_PLAIN_OUT_NAME:
            plain_check_int(c);
            c->at++;
            plain_check_int(c);
            break;
        default:
            assert_int_equal(op, CLNRM_PLAIN_IF_TEXT);
            plain_check_place(c);
            c->at++;
            plain_check_int(c);
            c->at++;
        }
        assert_true(c->at <= c->count);
    }
}

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
        struct clnrm_plain_word *compact = malloc((counted + 1) * sizeof(*compact));
        struct plain_check c = {.words = compact, .plain = &plain};
        assert_non_null(compact);
        for (size_t i = 0; i < count; i++) {
            if (word[i].kind == CLNRM_PLAIN_NAME_USED || word[i].kind == CLNRM_PLAIN_STEP_USED)
                continue;
            compact[c.count++] = word[i];
            i += word[i].kind == CLNRM_PLAIN_TABLE ? 2 * (size_t)word[i].value : 0;
        }
        plain_check_program(&c);
        free(compact);
        assert_int_equal(counted, plain.count);
        assert_true(plain.depth <= CLNRM_PLAIN_DEPTH_MAX);
        assert_true(plain.longest <= s.len && plain.loop_count <= CLNRM_PLAIN_LOOPS_MAX);
    }
    clnrm_buf_free(&words);
    return is_plain;
}

#endif
