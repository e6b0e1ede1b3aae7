/* test_tags.c -- core/tags.h: where tags end, what repeats, and what holds for any text. */
#include "base/base.h"
#include "tags_check.h"

enum { MAX = TAGS_CHECK_MAX, ROUNDS = 20000 };

/* Cuts `text` and compares: each tag in [ ], as it stands, and the text between. */
static void check(const char *text, const char *want)
{
    struct clnrm_tag tags[MAX];
    struct clnrm_slice s = clnrm_slice_of(text);
    struct clnrm_buf out = {.max = 4096};
    size_t lead;
    size_t count = clnrm_tags_cut(s, 0, tags, MAX, &lead);
    clnrm_buf_add(&out, s.data, lead);
    for (size_t i = 0; i < count; i++) {
        clnrm_buf_add(&out, "[", 1);
        clnrm_buf_add(&out, s.data + tags[i].at, tags[i].size);
        clnrm_buf_add(&out, "]", 1);
        clnrm_buf_add(&out, s.data + tags[i].at + tags[i].size, tags[i].gap);
    }
    clnrm_buf_add(&out, "", 1);
    assert_string_equal(out.data, want);
    clnrm_buf_free(&out);
}

static void test_tags_end_outside_of_quotes(void **state)
{
    (void)state;
    check("", "");
    check("a { b {", "a { b {");
    check("a{{ b }}c{% d %}{# e #}f", "a[{{ b }}]c[{% d %}][{# e #}]f");
    check("{{ \"}}\" }}{% '%}' %}{{ `}}` }}x", "[{{ \"}}\" }}][{% '%}' %}][{{ `}}` }}]x");
    check("{# \" #}{{ a }}", "[{# \" #}][{{ a }}]");
    check("{{{ a }}}", "[{{{ a }}]}");
    check("{{ a %} }}{% b }} %}", "[{{ a %} }}][{% b }} %}]");
}

static void test_what_has_no_end_reaches_to_the_end(void **state)
{
    (void)state;
    check("a{{ b", "a[{{ b]");
    check("{{ \"a }}{{ b }}", "[{{ \"a }}{{ b }}]");
    check("{{", "[{{]");
    check("{{}", "[{{}]");
    check("{# a {{ b }}", "[{# a {{ b }}]");
}

static void test_a_raw_text_is_in_its_tag(void **state)
{
    (void)state;
    check("{% raw %}{{ a }}{% endraw %}b", "[{% raw %}{{ a }}{% endraw %}]b");
    check("{%-\n raw-%}{{ \" {%-endraw -%}{{ b }}", "[{%-\n raw-%}{{ \" {%-endraw -%}][{{ b }}]");
    check("{% raw %}{% endraw x %}{% endraw %}", "[{% raw %}{% endraw x %}{% endraw %}]");
    check("{% raw %}{{ a }}", "[{% raw %}][{{ a }}]");
    check("{% rawer %}{{ a }}{% endraw %}", "[{% rawer %}][{{ a }}][{% endraw %}]");
    check("{% endraw %}{{ a }}", "[{% endraw %}][{{ a }}]");
}

static void test_a_full_list_is_gone_on_from(void **state)
{
    (void)state;
    struct clnrm_tag tags[2];
    struct clnrm_slice s = clnrm_slice_of("a{{ b }}cc{{ d }}ee{{ f }}");
    size_t lead;
    assert_int_equal(clnrm_tags_cut(s, 0, tags, 2, &lead), 2);
    assert_int_equal(lead, 1);
    size_t stop = tags[1].at + tags[1].size + tags[1].gap;
    assert_int_equal(clnrm_tags_cut(s, stop, tags, 2, &lead), 1);
    assert_int_equal(lead, 0);
    assert_int_equal(tags[0].at, 19);
    assert_int_equal(clnrm_tags_cut(s, s.len, tags, 2, &lead), 0);
    assert_int_equal(lead, 0);
}

/* Finds what repeats; `want` has the period and the count of each tag. */
static void check_runs(const char *text, const uint32_t (*want)[2])
{
    struct clnrm_tag tags[MAX];
    struct clnrm_slice s = clnrm_slice_of(text);
    size_t lead;
    size_t count = clnrm_tags_cut(s, 0, tags, MAX, &lead);
    clnrm_tags_repeat(s, tags, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tags[i].period, want[i][0]);
        assert_int_equal(tags[i].count, want[i][1]);
    }
}

static void test_what_repeats_is_found(void **state)
{
    (void)state;
    check_runs("{{a}}1{{a}}2{{a}}3", (const uint32_t[][2]){{1, 3}, {0, 0}, {0, 0}});
    check_runs("{{a}}1{{a}}2", (const uint32_t[][2]){{0, 0}, {0, 0}});
    check_runs("{{a}}1{{a}}{{a}}3", (const uint32_t[][2]){{0, 0}, {0, 0}, {0, 0}});
    check_runs("{{a}}1{{a}}2{{a}}", (const uint32_t[][2]){{1, 3}, {0, 0}, {0, 0}});
    check_runs(
        "{{a}}{{b}}1{{a}}{{b}}2{{a}}{{b}}3{{a}}{{c}}",
        (const uint32_t[][2]){{2, 3}, {2, 3}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}});
    /* The three at the begin are part of what reaches farther. */
    check_runs("{{a}}{{a}}{{a}}{{b}}{{a}}{{a}}{{a}}{{b}}{{a}}{{a}}{{a}}{{b}}",
               (const uint32_t[][2]){{4, 3},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0},
                                     {0, 0}});
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 17, *seed ^= *seed << 5;
    return *seed;
}

static void test_any_text_is_cut_whole(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "{{",        "}}", "{%", "%}", "{#",  "#}",     "{{a}}",     "{%if a%}",
        "{%endif%}", "\"", "'",  "`",  "raw", "endraw", "{% raw %}", "{%-endraw-%}",
        "-",         " ",  "x",  "{",  "}",   "\n",     "{{a}}x",    "{{a}}y",
    };
    uint32_t seed = 20261130;
    for (int round = 0; round < ROUNDS; round++) {
        char text[512]; /* its end is the end of the memory that a sanitizer lets us read */
        size_t len = 0;
        uint32_t mask = next_random(&seed) | 1u << next_random(&seed) % 24;
        for (uint32_t n = next_random(&seed) % 40; n > 0; n--) {
            uint32_t i = next_random(&seed) % 24;
            if (mask >> i & 1) {
                memcpy(text + len, pieces[i], strlen(pieces[i]));
                len += strlen(pieces[i]);
            }
        }
        char *copy = malloc(len + !len);
        memcpy(copy, text, len);
        tags_check((struct clnrm_slice){copy, len}, 1 + next_random(&seed) % MAX);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_end_outside_of_quotes),
        cmocka_unit_test(test_what_has_no_end_reaches_to_the_end),
        cmocka_unit_test(test_a_raw_text_is_in_its_tag),
        cmocka_unit_test(test_a_full_list_is_gone_on_from),
        cmocka_unit_test(test_what_repeats_is_found),
        cmocka_unit_test(test_any_text_is_cut_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
