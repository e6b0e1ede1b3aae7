/* test_small.c -- base/small.h: blocks that never share a byte, and serve again. */
#include "base/base.h"
#include "base/small.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { COUNT = 20000 };

static unsigned char *blocks[COUNT];
static size_t sizes[COUNT];

static void test_no_byte_is_shared(void **state)
{
    (void)state;
    static struct clnrm_small s; /* its pages stay: nothing goes back to the system */
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i % CLNRM_SMALL_MAX + 1;
        blocks[i] = clnrm_small_take(&s, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % CLNRM_SMALL_UNIT, 0);
        memset(blocks[i], (int)(i % 251), sizes[i]);
        if (i % 3 == 2) { /* one that was given back is written to by its next owner */
            clnrm_small_give(&s, blocks[i - 1], sizes[i - 1]);
            sizes[i - 1] = 0;
        }
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(blocks[i][at], i % 251);
}

static void test_a_block_serves_again(void **state)
{
    (void)state;
    static struct clnrm_small s;
    for (size_t size = 1; size <= CLNRM_SMALL_MAX; size++) {
        void *first = clnrm_small_take(&s, size);
        clnrm_small_give(&s, first, size);
        void *again = clnrm_small_take(&s, (size + 15) / 16 * 16);
        assert_ptr_equal(again, first);
        clnrm_small_give(&s, again, size);
    }
}

/* What is left of a page is given out before another page is begun. */
static void test_the_rest_of_a_page_is_used(void **state)
{
    (void)state;
    static struct clnrm_small s;
    static char *rest; /* the leak checker finds the first page by it */
    clnrm_small_take(&s, 16);
    while (s.end - s.next >= CLNRM_SMALL_MAX)
        clnrm_small_take(&s, CLNRM_SMALL_MAX);
    rest = s.next;
    size_t left = (size_t)(s.end - s.next);
    assert_in_range(left, 16, CLNRM_SMALL_MAX - 1);
    clnrm_small_take(&s, CLNRM_SMALL_MAX);
    assert_ptr_equal(clnrm_small_take(&s, left), rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_byte_is_shared),
        cmocka_unit_test(test_a_block_serves_again),
        cmocka_unit_test(test_the_rest_of_a_page_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
