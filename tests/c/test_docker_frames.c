/* test_docker_frames.c -- Docker's raw stream: cut anywhere it is the same, and what is no frame is told. */
#include "base/base.h"
#include "core/docker_frames.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct seen {
    char text[4][256];
    size_t len[4];
    uint64_t bytes;
};

static void on_piece(void *data, enum clnrm_docker_stream stream, const char *bytes, size_t len)
{
    struct seen *seen = data;
    assert_true(len > 0);
    seen->bytes += len;
    for (size_t i = 0; i < len && seen->len[stream] < sizeof(seen->text[0]); i++)
        seen->text[stream][seen->len[stream]++] = bytes[i];
}

static const char STREAM[] = "\1\0\0\0\0\0\0\5hello"
                             "\2\0\0\0\0\0\0\3err"
                             "\1\0\0\0\0\0\0\0"
                             "\0\0\0\0\0\0\0\1 "
                             "\3\0\0\0\0\0\0\2no"
                             "\1\0\0\0\0\0\0\6 world";

static void check(const struct seen *seen)
{
    assert_int_equal(seen->len[0], 1);
    assert_int_equal(seen->len[1], 11);
    assert_memory_equal(seen->text[1], "hello world", 11);
    assert_int_equal(seen->len[2], 3);
    assert_memory_equal(seen->text[2], "err", 3);
    assert_int_equal(seen->len[3], 2);
    assert_memory_equal(seen->text[3], "no", 2);
}

static void is_the_same_cut_anywhere(void **state)
{
    size_t size = sizeof(STREAM) - 1;
    (void)state;
    for (size_t first = 0; first <= size; first++) {
        for (size_t second = first; second <= size; second++) {
            struct clnrm_docker_frames f = {0};
            struct seen seen = {0};
            assert_int_equal(clnrm_docker_frames_add(&f, STREAM, first, on_piece, &seen), 0);
            assert_int_equal(
                clnrm_docker_frames_add(&f, STREAM + first, second - first, on_piece, &seen), 0);
            assert_int_equal(
                clnrm_docker_frames_add(&f, STREAM + second, size - second, on_piece, &seen), 0);
            assert_true(clnrm_docker_frames_may_end(&f));
            check(&seen);
        }
    }
}

static void may_end_only_between_frames(void **state)
{
    static const size_t ends[] = {0, 13, 24, 32, 41, 51, 65};
    size_t next = 0;
    (void)state;
    assert_int_equal(sizeof(STREAM) - 1, 65);
    for (size_t n = 0; n < sizeof(STREAM); n++) {
        struct clnrm_docker_frames f = {0};
        struct seen seen = {0};
        assert_int_equal(clnrm_docker_frames_add(&f, STREAM, n, on_piece, &seen), 0);
        assert_int_equal(clnrm_docker_frames_may_end(&f), n == ends[next]);
        next += n == ends[next];
    }
    assert_int_equal(next, 7);
}

static void refuses_what_is_no_header(void **state)
{
    (void)state;
    for (int at = 0; at < 4; at++) {
        for (int value = 0; value < 256; value++) {
            char header[] = "\1\0\0\0\0\0\0\1x\1\0\0\0\0\0\0\1y";
            struct clnrm_docker_frames f = {0};
            struct seen seen = {0};
            header[at] = (char)value;
            bool is_good = at == 0 ? value < 4 : value == 0;
            int status = clnrm_docker_frames_add(&f, header, sizeof(header) - 1, on_piece, &seen);
            assert_int_equal(status, is_good ? 0 : CLNRM_EPROTO);
            assert_int_equal(clnrm_docker_frames_may_end(&f), is_good);
            assert_int_equal(seen.bytes, is_good ? 2 : 0);
            if (is_good)
                continue;
            /* nothing that comes later is taken, not even at the beginning of a frame */
            assert_int_equal(clnrm_docker_frames_add(&f, STREAM, 13, on_piece, &seen),
                             CLNRM_EPROTO);
            assert_int_equal(seen.bytes, 0);
        }
    }
}

static void takes_the_longest_frame(void **state)
{
    static char block[1 << 20];
    struct clnrm_docker_frames f = {0};
    struct seen seen = {0};
    (void)state;
    assert_int_equal(clnrm_docker_frames_add(&f, "\2\0\0\0\xff\xff\xff\xff", 8, on_piece, &seen),
                     0);
    for (int i = 0; i < 4096; i++) {
        assert_false(clnrm_docker_frames_may_end(&f));
        assert_int_equal(
            clnrm_docker_frames_add(&f, block, sizeof(block) - (i == 4095), on_piece, &seen), 0);
    }
    assert_true(clnrm_docker_frames_may_end(&f));
    assert_true(seen.bytes == UINT32_MAX);
    assert_int_equal(clnrm_docker_frames_add(&f, STREAM, 13, on_piece, &seen), 0);
    assert_true(seen.bytes == UINT32_MAX + UINT64_C(5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_same_cut_anywhere),
        cmocka_unit_test(may_end_only_between_frames),
        cmocka_unit_test(refuses_what_is_no_header),
        cmocka_unit_test(takes_the_longest_frame),
    };
    return cmocka_run_group_tests_name("docker_frames", tests, NULL, NULL);
}
