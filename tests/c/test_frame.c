/* test_frame.c -- the frame codec: what is written is read, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/frame.h"

static void reads_what_was_written(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    struct clnrm_frame f;
    (void)state;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_GET, 0xfedcba98u);
    clnrm_frame_put_u8(&w, 0xa5);
    clnrm_frame_put_u32(&w, 0xdeadbeefu);
    clnrm_frame_put_u64(&w, UINT64_C(0x0123456789abcdef));
    clnrm_frame_put_text(&w, "a\0b", 3);
    clnrm_frame_put_text(&w, "", 0);
    assert_int_equal(clnrm_frame_end(&w), 0);
    assert_int_equal(b.len, CLNRM_FRAME_HEADER + 1 + 4 + 8 + 4 + 3 + 4);
    assert_int_equal(clnrm_frame_next(b.data, b.len, &f), b.len);
    assert_int_equal(f.type, CLNRM_FRAME_GET);
    assert_int_equal(f.id, 0xfedcba98u);
    struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
    assert_int_equal(clnrm_frame_get_u8(&r), 0xa5);
    assert_int_equal(clnrm_frame_get_u32(&r), 0xdeadbeefu);
    assert_true(clnrm_frame_get_u64(&r) == UINT64_C(0x0123456789abcdef));
    struct clnrm_slice text = clnrm_frame_get_text(&r);
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.data, "a\0b", 3);
    assert_int_equal(clnrm_frame_done(&r), CLNRM_EPROTO); /* one field is left */
    assert_int_equal(clnrm_frame_get_text(&r).len, 0);
    assert_int_equal(clnrm_frame_done(&r), 0);
    clnrm_buf_free(&b);
}

static void is_little_endian_on_the_wire(void **state)
{
    static const char want[] = "\7\0\0\0\1\2\3\4\6\0\0\0\4\3\2\1\xff\0\1";
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    (void)state;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_SIGNAL, 0x04030201);
    clnrm_frame_put_u32(&w, 0x01020304);
    clnrm_frame_put_u8(&w, 0xff);
    clnrm_frame_put_u8(&w, 0);
    clnrm_frame_put_u8(&w, 1);
    assert_int_equal(clnrm_frame_end(&w), 0);
    assert_int_equal(b.len, sizeof(want) - 1);
    assert_memory_equal(b.data, want, sizeof(want) - 1);
    clnrm_buf_free(&b);
}

static void waits_for_the_whole_frame(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    struct clnrm_frame f;
    (void)state;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_STDIN, 9);
    clnrm_frame_put_text(&w, "hello", 5);
    assert_int_equal(clnrm_frame_end(&w), 0);
    for (size_t cut = 0; cut < b.len; cut++) {
        char *exact = clnrm_xmemdup(b.data, cut); /* so that a sanitizer sees a read past it */
        assert_int_equal(clnrm_frame_next(exact, cut, &f), 0);
        free(exact);
    }
    size_t first = b.len;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_CLOSE, 0);
    assert_int_equal(clnrm_frame_end(&w), 0);
    assert_int_equal(clnrm_frame_next(b.data, b.len, &f), first);
    assert_int_equal(clnrm_frame_next(b.data + first, b.len - first, &f), CLNRM_FRAME_HEADER);
    assert_int_equal(f.payload.len, 0);
    clnrm_buf_free(&b);
}

static void refuses_headers_that_no_frame_has(void **state)
{
    struct clnrm_frame f;
    char header[CLNRM_FRAME_HEADER] = {0};
    (void)state;
    for (int i = 9; i < 12; i++) {
        memset(header, 0, sizeof(header));
        header[i] = 1;
        assert_int_equal(clnrm_frame_next(header, sizeof(header), &f), CLNRM_EPROTO);
    }
    memcpy(header, "\0\0\x10\0\0\0\0\0\0\0\0", sizeof(header)); /* the largest there is */
    assert_int_equal(clnrm_frame_next(header, sizeof(header), &f), 0);
    header[0] = 1;
    assert_int_equal(clnrm_frame_next(header, sizeof(header), &f), CLNRM_EPROTO);
}

static void refuses_a_payload_past_its_maximum(void **state)
{
    struct clnrm_buf b = {.max = 4 << 20}, small = {.max = 20};
    struct clnrm_frame_writer w;
    char *bytes = clnrm_xcalloc(CLNRM_FRAME_PAYLOAD_MAX);
    (void)state;
    assert_int_equal(clnrm_buf_add(&b, "before", 6), 0);
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_DATA, 1);
    clnrm_frame_put_text(&w, bytes, CLNRM_FRAME_PAYLOAD_MAX - 4);
    assert_int_equal(clnrm_frame_end(&w), 0);
    b.len = 6;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_DATA, 1);
    clnrm_frame_put_text(&w, bytes, CLNRM_FRAME_PAYLOAD_MAX - 3);
    clnrm_frame_put_u8(&w, 1); /* nothing is added after a failure */
    assert_int_equal(clnrm_frame_end(&w), CLNRM_ELIMIT);
    assert_int_equal(b.len, 6);
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_DATA, 1);
    clnrm_frame_put_text(&w, bytes, SIZE_MAX);
    assert_int_equal(clnrm_frame_end(&w), CLNRM_ELIMIT);
    clnrm_frame_begin(&w, &small, CLNRM_FRAME_DATA, 1);
    clnrm_frame_put_u64(&w, 1);
    assert_int_equal(clnrm_frame_end(&w), 0);
    clnrm_frame_begin(&w, &small, CLNRM_FRAME_DATA, 1);
    clnrm_frame_put_u64(&w, 1);
    assert_int_equal(clnrm_frame_end(&w), CLNRM_ELIMIT);
    assert_int_equal(small.len, 20);
    clnrm_buf_free(&b);
    clnrm_buf_free(&small);
    free(bytes);
}

static void a_short_payload_fails_once_and_for_all(void **state)
{
    struct clnrm_frame_reader r = clnrm_frame_read((struct clnrm_slice){"\1\2\3\4\5", 5});
    (void)state;
    assert_true(clnrm_frame_get_u64(&r) == 0);
    assert_int_equal(clnrm_frame_get_u8(&r), 0);
    assert_int_equal(clnrm_frame_get_text(&r).len, 0);
    assert_int_equal(clnrm_frame_done(&r), CLNRM_EPROTO);
    r = clnrm_frame_read((struct clnrm_slice){"\xff\xff\xff\xffx", 5});
    assert_int_equal(clnrm_frame_get_text(&r).len, 0);
    assert_int_equal(clnrm_frame_done(&r), CLNRM_EPROTO);
    r = clnrm_frame_read((struct clnrm_slice){"\1\x10\0\0", 4}); /* one more than a list may have */
    assert_int_equal(clnrm_frame_get_count(&r), 0);
    assert_int_equal(clnrm_frame_done(&r), CLNRM_EPROTO);
    r = clnrm_frame_read((struct clnrm_slice){"\0\x10\0\0", 4});
    assert_int_equal(clnrm_frame_get_count(&r), CLNRM_FRAME_LIST_MAX);
    assert_int_equal(clnrm_frame_done(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(is_little_endian_on_the_wire),
        cmocka_unit_test(waits_for_the_whole_frame),
        cmocka_unit_test(refuses_headers_that_no_frame_has),
        cmocka_unit_test(refuses_a_payload_past_its_maximum),
        cmocka_unit_test(a_short_payload_fails_once_and_for_all),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
