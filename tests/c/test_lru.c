/* test_lru.c -- core/lru.h: ages to the nanosecond, and each value dropped exactly once. */
#include "base/base.h"
#include "core/lru.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { VALUES = 1000 };

static int drops[VALUES + 1];

static void on_drop(void *data, void *value)
{
    (void)data;
    drops[(intptr_t)value]++;
}

static struct clnrm_lru *open_cache(size_t count, size_t bytes, int64_t ttl_ns)
{
    struct clnrm_lru_limits limits = {.count_max = count, .bytes_max = bytes, .ttl_ns = ttl_ns};
    memset(drops, 0, sizeof(drops));
    return clnrm_lru_open(&limits, on_drop, NULL);
}

static void *number(intptr_t n)
{
    return (void *)n;
}

static void test_age(void **state)
{
    (void)state;
    struct clnrm_slice key = clnrm_slice_of("a");
    struct clnrm_lru *c = open_cache(2, 100, 10);
    assert_int_equal(clnrm_lru_put(c, key, number(1), 1, 1000), 0);
    assert_ptr_equal(clnrm_lru_get(c, key, 1009), number(1)); /* use does not make it younger */
    assert_null(clnrm_lru_get(c, key, 1010));
    assert_int_equal(drops[1], 1);
    assert_int_equal(clnrm_lru_stats(c).misses, 1);
    assert_int_equal(clnrm_lru_stats(c).evictions, 0);
    clnrm_lru_close(c);
    assert_int_equal(drops[1], 1);
}

static void test_too_big_is_still_the_callers(void **state)
{
    (void)state;
    struct clnrm_slice key = clnrm_slice_of("a");
    struct clnrm_lru *c = open_cache(2, 10, 0);
    assert_int_equal(clnrm_lru_put(c, key, number(1), 10, 0), 0);
    assert_int_equal(clnrm_lru_put(c, key, number(2), 11, 0), CLNRM_ELIMIT);
    assert_int_equal(drops[1], 1);
    assert_int_equal(drops[2], 0);
    clnrm_lru_close(c);
    c = open_cache(0, 10, 0);
    assert_int_equal(clnrm_lru_put(c, key, number(3), 0, 0), CLNRM_ELIMIT);
    clnrm_lru_close(c);
    clnrm_lru_close(NULL);
}

static void test_each_is_dropped_once(void **state)
{
    (void)state;
    struct clnrm_lru *c = open_cache(50, 1000, 0);
    for (intptr_t i = 1; i <= VALUES; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", (int)(i * 7919 % 131));
        assert_int_equal(clnrm_lru_put(c, clnrm_slice_of(key), number(i), (size_t)(i % 37), 0), 0);
        if (i % 5 == 0)
            clnrm_lru_del(c, clnrm_slice_of("k5"));
        if (i == VALUES / 2)
            clnrm_lru_clear(c);
        assert_true(clnrm_lru_stats(c).count <= 50);
        assert_true(clnrm_lru_stats(c).bytes <= 1000);
    }
    assert_int_equal(clnrm_lru_stats(c).hits, 0);
    clnrm_lru_close(c);
    for (int i = 1; i <= VALUES; i++)
        assert_int_equal(drops[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_too_big_is_still_the_callers),
        cmocka_unit_test(test_each_is_dropped_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
