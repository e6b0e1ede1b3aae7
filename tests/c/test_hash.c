/* test_hash.c -- core/hash.h where the crypto plugin is not: XXH3 works, SHA-256 says what is missing. */
#include "base/base.h"
#include "core/hash.h"
#include "core/plugin.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_sha256_needs_the_plugin(void **state)
{
    (void)state;
    struct clnrm_hash *h = NULL;
    struct clnrm_digest digest;
    assert_int_equal(clnrm_hash_open(CLNRM_HASH_SHA256, &h), CLNRM_EPLUGIN);
    assert_null(h);
    assert_non_null(strstr(clnrm_plugin_error(), "libclnrm_crypto.so"));
    assert_int_equal(clnrm_hash_bytes(CLNRM_HASH_SHA256, clnrm_slice_of("abc"), &digest),
                     CLNRM_EPLUGIN);
}

static void test_xxh3_needs_nothing(void **state)
{
    (void)state;
    struct clnrm_digest digest;
    static const unsigned char abc[] = {0x78, 0xaf, 0x5f, 0x94, 0x89, 0x2f, 0x39, 0x50};
    assert_int_equal(clnrm_hash_bytes(CLNRM_HASH_XXH3, clnrm_slice_of("abc"), &digest), 0);
    assert_int_equal(digest.len, sizeof(abc));
    assert_memory_equal(digest.bytes, abc, sizeof(abc));
    assert_true(clnrm_hash_integer(clnrm_slice_of("abc")) == UINT64_C(0x78af5f94892f3950));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_needs_the_plugin),
        cmocka_unit_test(test_xxh3_needs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
