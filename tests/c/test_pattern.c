/* test_pattern.c -- core/pattern.h: the walk ends within its budget and inside its texts. */
#include "base/base.h"
#include "core/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t cost(const char *subject, const char *pattern, uint64_t matches, uint64_t budget)
{
    struct clnrm_pattern_search search = {.subject = subject, .pattern = pattern};
    search.subject_len = strlen(subject);
    search.pattern_len = strlen(pattern);
    search.matches = matches;
    search.is_anchored = true;
    return clnrm_pattern_cost(&search, budget);
}

static void test_proportions(void **state)
{
    (void)state;
    char subject[401] = "";
    memset(subject, 'a', 400);
    uint64_t one = cost(subject, ".*", 1, UINT64_MAX);
    assert_true(one >= 400 && one < 2000);
    uint64_t two = cost(subject, "a*b", 1, UINT64_MAX);
    assert_true(two >= 400 * 400 / 2 && two < 400 * 400 * 4);
    uint64_t three = cost(subject, "a-a-b", 1, UINT64_MAX);
    assert_true(three >= 400LL * 400 * 400 / 6);
    assert_true(cost(subject, "^a*b", 1, UINT64_MAX) < 2000);
    uint64_t all = cost(subject, "a", UINT64_MAX, UINT64_MAX);
    assert_true(all >= 400 && all < 2000 && cost(subject, "a", 10, UINT64_MAX) < 100);
}

static void test_budget(void **state)
{
    (void)state;
    char subject[201] = "";
    memset(subject, 'a', 200);
    uint64_t spent = cost(subject, "a-a-a-a-a-a-b", 1, 1000);
    assert_true(spent > 1000 && spent < 1100);
}

static void test_bound(void **state)
{
    (void)state;
    struct clnrm_pattern_search search = {.subject = "abcdef", .subject_len = 6};
    search.pattern = "b.d";
    search.pattern_len = 3;
    uint64_t small = clnrm_pattern_bound(&search);
    assert_true(small < 100);
    search.pattern = "a*b*c*";
    search.pattern_len = 6;
    assert_true(clnrm_pattern_bound(&search) > small);
    search.subject_len = SIZE_MAX / 2;
    assert_true(clnrm_pattern_bound(&search) == UINT64_MAX);
}

/* Any pattern on any subject: for the sanitizers; each text ends where its memory does. */
static void test_anything(void **state)
{
    (void)state;
    static const char letters[] = "ab%[]^$()*+-?.1fb \0xdw";
    uint32_t random = 1;
    for (int i = 0; i < 200000; i++) {
        char *texts[2];
        size_t lens[2];
        for (int k = 0; k < 2; k++) {
            random = random * 1664525 + 1013904223;
            lens[k] = (random >> 8) % 12;
            texts[k] = clnrm_xcalloc(lens[k] + 1);
            for (size_t n = 0; n < lens[k]; n++) {
                random = random * 1664525 + 1013904223;
                texts[k][n] = letters[(random >> 8) % (sizeof(letters) - 1)];
            }
        }
        struct clnrm_pattern_search search = {.subject = texts[0], .pattern = texts[1]};
        search.subject_len = lens[0];
        search.pattern_len = lens[1];
        search.matches = i % 3 ? 1 : UINT64_MAX;
        search.is_anchored = i % 2;
        search.start = lens[0] / 3;
        assert_true(clnrm_pattern_cost(&search, 20000) < 21000);
        free(texts[0]);
        free(texts[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proportions),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
