/* test_plain.c -- core/plain.h: what is plain, and what holds for any text.  What a program means
 * is tests/lua/template/direct_spec.lua. */
#include "base/base.h"
#include "plain_check.h"

#include <stdio.h>

enum { ROUNDS = 20000, SIZE_MAX_MADE = 400 };

static bool is_plain(const char *text)
{
    return plain_check(clnrm_slice_of(text));
}

static void test_plain_templates_are_read(void **state)
{
    (void)state;
    assert_true(is_plain(""));
    assert_true(is_plain("a { b }} c {"));
    assert_true(is_plain("{{a}}{{ a.b.0|f|g( x = '}}' , y=1,z = true) }}"));
    assert_true(is_plain("{# {{ #}{% set x = `a` %}{%if x==\"%}\"%}{%elif x%}{%else%}{%endif%}"));
    assert_true(is_plain("{% for k,v in a.b | f %}{{ loop.last }}{% endfor %}"));
}

static void test_others_are_not(void **state)
{
    (void)state;
    assert_false(is_plain("{{"));
    assert_false(is_plain("{{ a"));
    assert_false(is_plain("{{ a.}}"));
    assert_false(is_plain("{{ a | f(x='}}"));
    assert_false(is_plain("{{ a -}}"));
    assert_false(is_plain("{%- if a %}{% endif %}"));
    assert_false(is_plain("{% if a %}"));
    assert_false(is_plain("{% for a in b %}{% endif %}"));
    assert_false(is_plain("{#- a #}"));
    assert_false(is_plain("{#}"));
}

static void test_a_program_is_bounded_by_its_buffer(void **state)
{
    (void)state;
    struct clnrm_plain plain;
    struct clnrm_buf words = {.max = 3 * sizeof(struct clnrm_plain_word)};
    assert_true(clnrm_plain_read(clnrm_slice_of(""), &words, &plain));
    words.len = 0;
    assert_false(clnrm_plain_read(clnrm_slice_of("{{ a }}"), &words, &plain));
    clnrm_buf_free(&words);
}

/* Texts of pieces of tags in any order. */
static void test_any_text_is_read_or_not(void **state)
{
    (void)state;
    static const char *const PIECES[] = {
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        " ",
        "a",
        ".b",
        "loop",
        ".last",
        "|",
        "f",
        "(x=",
        "'t'",
        ",y=",
        "1",
        ")",
        "if ",
        "elif ",
        "else",
        "endif",
        "for ",
        "v in",
        "k,",
        "-",
        "set ",
        "=",
        "==",
        "<=",
        "\n",
        "{{ a }}",
        "{% if a %}",
        "{% endif %}",
        "{% for v in a %}",
        "{% endfor %}",
        "text",
        "{{ a | default(value='x') }}",
        "{% else %}",
        "\"",
    };
    enum { COUNT = sizeof(PIECES) / sizeof(PIECES[0]) };
    unsigned seed = 7, plain = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char text[SIZE_MAX_MADE] = "";
        size_t size = 0;
        for (;;) {
            seed = seed * 1103515245u + 12345u;
            const char *piece = PIECES[(seed >> 16) % COUNT];
            if (size + strlen(piece) >= sizeof(text) || (seed >> 8) % 12 == 0)
                break;
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", piece);
        }
        plain += is_plain(text);
    }
    assert_true(plain > ROUNDS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_templates_are_read),
        cmocka_unit_test(test_others_are_not),
        cmocka_unit_test(test_a_program_is_bounded_by_its_buffer),
        cmocka_unit_test(test_any_text_is_read_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
