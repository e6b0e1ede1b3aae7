/* test_toml_shape.c -- core/toml_shape.h: what fits, and what holds for any text and any shape. */
#include "toml_shape_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROUNDS = 40000, SIZE = 600 };

static bool fits(const char *text)
{
    return toml_shape_check(text, strlen(text));
}

static void test_values_of_each_kind(void **state)
{
    (void)state;
    static const char *const right[] = {
        "r = {a = 'x'}",
        "r = [{a = 'x'}, {a = 'y', b = '\\u0000', c = 'a.b-c'}]",
        "r = {a = 'x', d = 'two', g = 9}",
        "r = {a = 'x', g = -1.5}",
        "r = {a = 'x', g = '1m30s'}",
        "r = {a = 'x', g = ['a', 'a=b', 'c']}",
        "r = {a = 'x', g = {k = [1, {x = 'y'}]}}",
        "r = {a = 'x', e = ['sh', '-c', 'echo ${x}']}",
        "r = {a = 'x', e = 'echo ${x}'}",
        "r = {a = 'x', e = ['${x} y']}",
        "r = {a = 'x', e = 'z', c = 'ab:ÄÖ'}",
        "r = {a = 'x', i = [80, '81:82']}",
        "r = [{a = 'x'}, {a = 'y', f = ['x']}]",
        "r = {a = 'x', j = 'k'}\nm = {k = 1}",
        "r = {a = 'x', h = 'a', g = false}",
        "r = {a = 'x', h = '(a|b)[c-d]{2}'}",
        "r = [{a = 'x', d = 'one'}, {a = 'y', d = 'one'}]",
        "r = [{a = 'x', g = true}, {a = 'y', h = 'a'}]",
        "r = [{a = 'x', c = 'ab:z', e = 'z'}, {a = 'y'}]",
        "r = [{a = 'x', i = 80}, {a = 'y', i = 80}]",
        "t = 2020-01-01T00:00:00Z",
        "",
    };
    static const char *const wrong[] = {
        "r = {}",
        "r = {a = ''}",
        "r = {a = '123456789012345678901'}",
        "r = {a = \"a\\u0000\"}",
        "r = [{a = 'x'}, {a = 'x'}]",
        "r = {a = 'x', b = 'y'}",
        "r = {a = 'x', c = 'a..b'}",
        "r = {a = 'x', c = '-a'}",
        "r = {a = 'x', c = 'now'}",
        "r = {a = 'x', c = 'ab:c'}",
        "r = {a = 'x', c = 'ab', d = 'one'}",
        "r = {a = 'x', c = 'a'}",
        "r = {a = 'x', c = ':xx', e = 'z'}",
        "r = {a = 'x', b = 'y', bb = 'y', c = 'ab'}",
        "r = {a = 'x', g = -2.5}",
        "r = {a = 'x', g = '0000000000001s'}",
        "r = {a = 'x', e = ['', 'x']}",
        "r = {a = 'x', e = [' ']}",
        "r = {a = 'x', i = '70000:80'}",
        "r = {a = 'x', i = '80:0'}",
        "m = {k = 2020-01-01}",
        "m = {a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1}",
        "r = {a = 'x', d = 'three'}",
        "r = {a = 'x', g = 10}",
        "r = {a = 'x', g = 2.5}",
        "r = {a = 'x', g = nan}",
        "r = {a = 'x', g = '1s1m'}",
        "r = {a = 'x', g = '367d'}",
        "r = {a = 'x', g = []}",
        "r = {a = 'x', g = {k = nan}}",
        "r = {a = 'x', e = ['echo', '${x}']}",
        "r = {a = 'x', e = ['sh', '-x', '${x}']}",
        "r = {a = 'x', e = ['sh', '-c', 'a', '${x}']}",
        "r = {a = 'x', e = ' '}",
        "r = {a = 'x', e = []}",
        "r = {a = 'x', e = [1]}",
        "r = {a = 'x', i = [80, '81:80']}",
        "r = [{a = 'x', i = '1:80'}, {a = 'y', i = '1:81'}]",
        "r = {a = 'x', i = 0}",
        "r = {a = 'x', i = '80/tcp'}",
        "r = {a = 'x', f = 'x'}",
        "r = [{a = 'x', f = 'y'}, {a = 'y'}]",
        "r = {a = 'x', j = 'k'}",
        "r = {a = 'x', h = 'a', g = true}",
        "r = {a = 'x', h = '(a'}",
        "r = {a = 'x', h = 'a**'}",
        "r = {a = 'x', h = ''}",
        "r = [1]",
        "r = 1",
        "other = 1",
        "m = {}",
        "t = 2020-01-01",
        "t = '1969-12-31T23:59:59Z'",
        "r = {a = 'x'",
    };
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
        if (!fits(right[i]))
            fail_msg("does not fit: %s", right[i]);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        if (fits(wrong[i]))
            fail_msg("fits: %s", wrong[i]);
}

static void test_many_names_differ(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    char text[COUNT * 16];
    size_t size = (size_t)sprintf(text, "r = [");
    for (int i = 0; i < COUNT; i++)
        size += (size_t)sprintf(text + size, "{a = 'n%d'},", i);
    strcpy(text + size, "]");
    assert_true(fits(text));
    strcpy(text + size, "{a = 'n77'}]");
    assert_false(fits(text));
}

static void test_some_keys_are_for_rendered_texts(void **state)
{
    (void)state;
    static const char text[] = "r = {a = 'x', j = 'k'}\nm = {k = 1}";
    struct clnrm_shape *shape;
    struct clnrm_toml_walk walk = {0};
    struct clnrm_toml_doc doc = {0};
    unsigned line;
    assert_int_equal(clnrm_shape_parse(clnrm_slice_of(toml_shape_check_all), &shape, &line), 0);
    assert_int_equal(
        clnrm_toml_parse(&doc, text, sizeof(text) - 1, &(struct clnrm_toml_options){0}), 0);
    assert_true(clnrm_shape_fits(shape, &doc, true, &walk));
    assert_false(clnrm_shape_fits(shape, &doc, false, &walk));
    clnrm_toml_free(&doc);
    clnrm_toml_walk_free(&walk);
    clnrm_shape_free(shape);
}

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t n) /* xorshift64 */
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

static void test_any_document_is_walked(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "r = ",
        "[",
        "]",
        "{a = 'x'",
        "}",
        ", ",
        "b = ",
        "c = ",
        "d = ",
        "e = ",
        "f = ",
        "g = ",
        "h = ",
        "i = ",
        "j = ",
        "'x'",
        "'y'",
        "'k'",
        "1",
        "80",
        "true",
        "1.5",
        "'81:80'",
        "'one'",
        "'10s'",
        "['sh', '-c', '${x}']",
        "\n",
        "m = {k = 1}",
        "\"\\u0000\"",
        "{a = 'y', ",
        "'a|b*'",
        "{k = []}",
        "[[r]]\na = 'z'\n",
    };
    unsigned fit = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char text[SIZE] = "r = [{a = 'x'";
        size_t size = strlen(text);
        while (size < SIZE / 2 && below(8)) {
            const char *piece = pieces[below(sizeof(pieces) / sizeof(*pieces))];
            memcpy(text + size, piece, strlen(piece) + 1);
            size += strlen(piece);
        }
        memcpy(text + size, "}]", sizeof("}]"));
        fit += fits(text);
    }
    assert_in_range(fit, ROUNDS / 100, ROUNDS);
}

static void test_any_shape_is_read_or_not(void **state)
{
    (void)state;
    unsigned read = 0;
    for (int round = 0; round < ROUNDS / 4; round++) {
        char text[sizeof("shape\n") + sizeof(toml_shape_check_all)] = "shape\n";
        size_t size = sizeof("shape\n") - 1 + sizeof(toml_shape_check_all) - 1;
        memcpy(text + 6, toml_shape_check_all, sizeof(toml_shape_check_all));
        for (uint32_t i = 0, count = below(3); i < count; i++) {
            char *at = text + 6 + below((uint32_t)size - 6);
            *at = "0129abkx=\n :%-"[below(14)];
        }
        read += toml_shape_check(text, size);
    }
    assert_in_range(read, ROUNDS / 16, ROUNDS / 4 - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_each_kind),
        cmocka_unit_test(test_many_names_differ),
        cmocka_unit_test(test_some_keys_are_for_rendered_texts),
        cmocka_unit_test(test_any_document_is_walked),
        cmocka_unit_test(test_any_shape_is_read_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
