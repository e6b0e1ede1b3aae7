/* test_toml_format.c -- core/toml_format.h: its comparisons can fail, its limits, texts that nobody
 * wrote.  The layout itself: tests/lua/fmt. */
#include "toml_format_check.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MUTANTS = 6000, TEXT_SIZE = 1200 };

static const struct clnrm_toml_layout plain = {.width = 100, .indent = 2};

static bool same(const char *before, const char *after, bool commas, const char *what)
{
    struct clnrm_toml_doc a = {0}, b = {0};
    toml_format_read(&a, before, strlen(before));
    toml_format_read(&b, after, strlen(after));
    bool is_same =
        *what == 'v' ? clnrm_toml_same_values(&a, &b) : clnrm_toml_same_tokens(&a, &b, commas);
    clnrm_toml_free(&a);
    clnrm_toml_free(&b);
    return is_same;
}

static void test_values_differ(void **state)
{
    static const char *const others[] = {
        "a = 2",   "a = 1.0", "b = 1",          "a = \"1\"",    "a = true",
        "a = [1]", "a.b = 1", "a = 1979-05-27", "a = 1\nb = 1", "",
    };
    (void)state;
    assert_true(same("a = 1", "a=1 # c", false, "values"));
    assert_true(same("a = nan", "a = nan", false, "values"));
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(same("a = 1", others[i], false, "values"));
    assert_false(same("a = 0.0", "a = -0.0", false, "values"));
    assert_false(same("a = [1, 2]", "a = [2, 1]", false, "values"));
    assert_false(same("a = 1\nb = 2", "b = 2\na = 1", false, "values"));
    assert_false(same("a = 07:32:00", "a = 07:32", false, "values"));
}

static void test_tokens_differ(void **state)
{
    (void)state;
    assert_true(same("a=[1,2,] # c  ", "a = [\n1,\n2]# c", false, "tokens"));
    assert_true(same("a=[1 # c\n,2]", "a = [1, # c\n2]", false, "tokens"));
    assert_false(same("a=[1 # c\n,2]", "a = [1, # c\n2]", true, "tokens"));
    assert_true(same("a=[1, # c\n]", "a = [1 # c\n]", true, "tokens"));
    assert_false(same("a = 1 # c", "a = 1", false, "tokens"));
    assert_false(same("a = 1 # c", "a = 1 # d", false, "tokens"));
    assert_false(same("# c\na = 1", "a = 1 # c", false, "tokens"));
    assert_false(same("a = 0x1", "a = 1", false, "tokens"));
    assert_false(same("a = 'x'", "a = \"x\"", false, "tokens"));
    assert_false(same("a.b = 1", "a = {b = 1}", false, "tokens"));
    assert_false(same("a = 1", "a = ", false, "tokens"));
}

static int print(const char *text, size_t max, struct clnrm_buf *out)
{
    struct clnrm_toml_doc doc = {0};
    toml_format_read(&doc, text, strlen(text));
    *out = (struct clnrm_buf){.max = max};
    int status = clnrm_toml_format(&doc, &plain, out);
    clnrm_toml_free(&doc);
    return status;
}

static void test_what_is_not_printed(void **state)
{
    struct clnrm_buf out;
    struct clnrm_toml_doc doc = {0};
    (void)state;
    assert_int_equal(print("a = [", 100, &out), CLNRM_ESYNTAX);
    assert_int_equal(print("a = 1\nb", 100, &out), CLNRM_ESYNTAX);
    assert_int_equal(print("a=1", 5, &out), CLNRM_ELIMIT); /* a = 1 and a line end are 6 */
    clnrm_buf_free(&out);
    assert_int_equal(print("a=1", 6, &out), 0);
    clnrm_buf_free(&out);
    assert_int_equal(print("a=1\na=2\n[a]\n", 100, &out), 0); /* wrong only in what it means */
    assert_memory_equal(out.data, "a = 1\na = 2\n[a]\n", out.len);
    clnrm_buf_free(&out);
    clnrm_toml_parse(&doc, "a=1", 3, &(struct clnrm_toml_options){.tokens = false});
    out = (struct clnrm_buf){.max = 100};
    assert_int_equal(clnrm_toml_format(&doc, &plain, &out), CLNRM_ESYNTAX);
    clnrm_toml_free(&doc);
}

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t n) /* xorshift64 */
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

static const char *const seeds[] = {
    "# top\n\n\n[a . b] # c\nx=1\n y  = [1,2 , [3, {q=1,r=[],},],]\n\n[[l]]\n'k' = "
    "\"\"\"\nm\n\"\"\"# d\n",
    "a = [ # one\n 1 # two\n , 2\n\n\n # three\n,3 ,\n]\nt = { x = 1, # c\n y = [ 'a'\n ], }\n",
    "# clnrm: fmt off\n a  =1\n# clnrm: fmt on\nb  =[\n# clnrm: fmt off\n1 ,2]\nlong = "
    "[\"aaaaaaaaaa\", "
    "'bbbbbbbbbbbbb', \"\"\"\nccc\"\"\", 1979-05-27 07:32:00, {k = [1,2,3,4,5,6]}]\r\n",
};
static const char *const pieces[] = {
    "1",       "'s'",
    "[",       "]",
    "{",       "}",
    ",",       "\n",
    "\r\n",    " ",
    "# c\n",   "=",
    ".",       "k",
    "a=1",     "[1,]",
    "\"\"\"",  "\n\n\n\n",
    "\t",      "{}",
    "x = 1\n", "# clnrm: fmt off\n",
};

static void test_mutated_texts(void **state)
{
    (void)state;
    char text[TEXT_SIZE * 2];
    for (int i = 0; i < MUTANTS; i++) {
        const char *seed = seeds[below(sizeof(seeds) / sizeof(*seeds))];
        size_t len = strlen(seed);
        memcpy(text, seed, len);
        for (uint32_t n = below(4); n > 0; n--) {
            const char *piece = pieces[below(sizeof(pieces) / sizeof(*pieces))];
            size_t at = below((uint32_t)len + 1), cut = below(4), put = strlen(piece);
            cut = cut > len - at ? len - at : cut;
            memmove(text + at + put, text + at + cut, len - at - cut);
            memcpy(text + at, piece, put);
            len = len - cut + put;
        }
        toml_format_check(text, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_differ),
        cmocka_unit_test(test_tokens_differ),
        cmocka_unit_test(test_what_is_not_printed),
        cmocka_unit_test(test_mutated_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
