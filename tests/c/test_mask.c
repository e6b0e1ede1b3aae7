/* test_mask.c -- core/mask.h: what is found, what is passed over, what is refused. */
#include "base/base.h"
#include "core/mask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(struct clnrm_mask *m, const char *text, const char *want, int count)
{
    struct clnrm_buf out = {.max = 4096};
    assert_int_equal(clnrm_mask_apply(m, clnrm_slice_of(text), clnrm_slice_of("*"), &out), count);
    if (count > 0) {
        assert_int_equal(out.len, strlen(want));
        assert_memory_equal(out.data, want, out.len);
    } else {
        assert_int_equal(out.len, 0);
    }
    clnrm_buf_free(&out);
}

static void test_the_longest_and_what_overlaps(void **state)
{
    (void)state;
    struct clnrm_mask *m = clnrm_mask_open();
    const char *const patterns[] = {"secret", "secret-long", "abcd", "cdef", "abcd"};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
        assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_PLAIN, clnrm_slice_of(patterns[i])), 0);
    check(m, "a secret-long b", "a * b", 1);
    check(m, "secret-lon", "*-lon", 1);
    check(m, "abcdef", "*", 1);
    check(m, "secretsecret abcd", "* *", 2);
    check(m, "secre", NULL, 0);
    check(m, "", NULL, 0);
    clnrm_mask_close(m);
}

static void test_each_kind_passes_over_its_own(void **state)
{
    (void)state;
    struct clnrm_mask *m = clnrm_mask_open();
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_BASE64, clnrm_slice_of("QUJDREVG")), 0);
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_HEX, clnrm_slice_of("4142434A")), 0);
    check(m, "<QUJD\r\nREVG>", "<*>", 1);
    check(m, "<QUJD REVG>", NULL, 0);
    check(m, "<41:42 43\n4a>", "<*>", 1);
    check(m, "<\\x41\\x42\\x43\\x4A>", "<\\x*>", 1);
    clnrm_mask_close(m);
}

static void test_letters_of_either_case_are_one_but_in_base64(void **state)
{
    (void)state;
    struct clnrm_mask *m = clnrm_mask_open();
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_PLAIN, clnrm_slice_of("s3cR@t\xc3\x84[")), 0);
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_BASE64, clnrm_slice_of("QUJDREVG")), 0);
    check(m, "<S3CR@T\xc3\x84[>", "<*>", 1);
    check(m, "s3cr@t\xc3\x84[", "*", 1);
    check(m, "S3CR`T\xc3\x84[", NULL, 0); /* no letters, though they differ in the same bit */
    check(m, "S3CR@T\xc3\x84{", NULL, 0);
    check(m, "s3cR@t\xc3\xa4[", NULL, 0); /* not of ASCII */
    check(m, "QUJDrEVG", NULL, 0);
    assert_int_equal(clnrm_mask_open_end(m, clnrm_slice_of("a S3cr@")), 5);
    assert_int_equal(clnrm_mask_open_end(m, clnrm_slice_of("a S3cr`")), 0);
    clnrm_mask_close(m);
}

static void test_what_cannot_be_found_is_refused(void **state)
{
    (void)state;
    struct clnrm_mask *m = clnrm_mask_open();
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_PLAIN, clnrm_slice_of("abc")), -EINVAL);
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_BASE64, clnrm_slice_of("ab\ncd")), -EINVAL);
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_HEX, clnrm_slice_of("41 42")), -EINVAL);
    check(m, "abc", NULL, 0);
    clnrm_mask_close(m);
    clnrm_mask_close(NULL);
}

static void test_a_full_buffer_is_told(void **state)
{
    (void)state;
    struct clnrm_mask *m = clnrm_mask_open();
    struct clnrm_buf out = {.max = 4};
    assert_int_equal(clnrm_mask_add(m, CLNRM_MASK_PLAIN, clnrm_slice_of("abcd")), 0);
    assert_int_equal(
        clnrm_mask_apply(m, clnrm_slice_of("xxabcdxxxxxx"), clnrm_slice_of("***"), &out),
        CLNRM_ELIMIT);
    clnrm_buf_free(&out);
    clnrm_mask_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_and_what_overlaps),
        cmocka_unit_test(test_each_kind_passes_over_its_own),
        cmocka_unit_test(test_letters_of_either_case_are_one_but_in_base64),
        cmocka_unit_test(test_what_cannot_be_found_is_refused),
        cmocka_unit_test(test_a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
