/* test_spool.c -- everything up to the cap, head and tail past it, and no part taken for the whole. */
#include "base/base.h"
#include "core/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Byte `n` of every stream in this file. */
static char byte_at(uint64_t n)
{
    return (char)(n * 2654435761u >> 7);
}

static void feed(struct clnrm_spool *s, uint64_t bytes, size_t chunk)
{
    char block[200000];
    for (uint64_t n = 0; n < bytes;) {
        size_t len = chunk < bytes - n ? chunk : (size_t)(bytes - n);
        for (size_t i = 0; i < len; i++)
            block[i] = byte_at(n + i);
        clnrm_spool_add(s, block, len);
        n += len;
    }
}

/* Reads the stream as a consumer would and checks every byte that is there. */
static void check(const struct clnrm_spool *s, uint64_t bytes, size_t chunk)
{
    char block[200000];
    uint64_t gap_start, gap_end, seen = 0;
    clnrm_spool_gap(s, &gap_start, &gap_end);
    assert_int_equal(s->total, bytes);
    assert_int_equal(clnrm_spool_cut(s), bytes > s->cap ? bytes - s->cap : 0);
    assert_int_equal(gap_end - gap_start, clnrm_spool_cut(s));
    for (uint64_t n = 0; n < bytes;) {
        ssize_t len = clnrm_spool_read(s, n, block, chunk);
        if (len == -ENODATA) {
            assert_int_equal(n, gap_start);
            n = gap_end;
            continue;
        }
        assert_true(len > 0);
        for (ssize_t i = 0; i < len; i++)
            assert_int_equal(block[i], byte_at(n + (uint64_t)i));
        n += (uint64_t)len;
        seen += (uint64_t)len;
    }
    assert_int_equal(seen, bytes < s->cap ? bytes : s->cap);
    assert_int_equal(clnrm_spool_read(s, bytes, block, chunk), 0);
}

static void keeps_every_byte_for_every_size_cap_and_chunk(void **state)
{
    (void)state;
    static const uint64_t caps[] = {2, 3, 7, 1000, 65536, 65537, 200001};
    static const uint64_t sizes[] = {0,     1,      2,      3,      6,     7,     8,
                                     15,    999,    1000,   1001,   65535, 65536, 65537,
                                     70000, 200000, 200001, 200002, 800000};
    static const size_t chunks[] = {1, 3, 4096, 65536, 200000};
    for (size_t c = 0; c < sizeof(caps) / sizeof(*caps); c++)
        for (size_t z = 0; z < sizeof(sizes) / sizeof(*sizes); z++)
            for (size_t k = 0; k < sizeof(chunks) / sizeof(*chunks); k++) {
                if (sizes[z] / chunks[k] > 20000)
                    continue;
                struct clnrm_spool s;
                clnrm_spool_init(&s, caps[c]);
                feed(&s, sizes[z], chunks[k]);
                assert_int_equal(s.status, 0);
                check(&s, sizes[z], chunks[k] < 64 ? 4096 : chunks[k]);
                clnrm_spool_free(&s);
            }
}

static void small_streams_need_no_file(void **state)
{
    (void)state;
    struct clnrm_spool s;
    clnrm_spool_init(&s, CLNRM_SPOOL_CAP_DEFAULT);
    feed(&s, CLNRM_SPOOL_MEMORY, 100);
    assert_int_equal(s.fd, -1);
    clnrm_spool_add(&s, "x", 1);
    assert_true(s.fd >= 0);
    assert_null(s.memory.data);
    assert_true(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
    clnrm_spool_free(&s);
    clnrm_spool_free(&s);
}

static void reads_while_it_grows(void **state)
{
    (void)state;
    struct clnrm_spool s;
    clnrm_spool_init(&s, 1000);
    char c;
    assert_int_equal(clnrm_spool_read(&s, 0, &c, 1), 0);
    for (uint64_t n = 0; n < 5000; n++) {
        char byte = byte_at(n);
        clnrm_spool_add(&s, &byte, 1);
        assert_int_equal(clnrm_spool_read(&s, n, &c, 1), 1);
        assert_int_equal(c, byte);
    }
    clnrm_spool_free(&s);
}

static void memory_and_file_stay_within_the_cap(void **state)
{
    (void)state;
    struct clnrm_spool s;
    clnrm_spool_init(&s, 1 << 20);
    feed(&s, 50 << 20, 65536);
    assert_int_equal(lseek(s.fd, 0, SEEK_END), 1 << 20);
    check(&s, 50 << 20, 65536);
    clnrm_spool_free(&s);
}

static int fill_a_small_disk(void)
{
    const struct rlimit limit = {100000, 100000};
    struct clnrm_spool s;
    char c;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    clnrm_spool_init(&s, 1 << 20);
    feed(&s, 200000, 4096);
    bool right =
        s.status == -EFBIG && s.total == 200000 && clnrm_spool_read(&s, 0, &c, 1) == -EFBIG;
    clnrm_spool_free(&s);
    return right ? 0 : 1;
}

static void a_full_disk_fails_the_text_and_not_the_count(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(fill_a_small_disk());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void no_writable_directory_is_no_trouble(void **state)
{
    (void)state;
    static const char *const dirs[] = {"/proc", "relative", "", "/nowhere"};
    for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
        setenv("TMPDIR", dirs[i], 1);
        struct clnrm_spool s;
        clnrm_spool_init(&s, 1 << 20);
        feed(&s, 100000, 4096);
        check(&s, 100000, 4096);
        clnrm_spool_free(&s);
    }
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_every_byte_for_every_size_cap_and_chunk),
        cmocka_unit_test(small_streams_need_no_file),
        cmocka_unit_test(reads_while_it_grows),
        cmocka_unit_test(memory_and_file_stay_within_the_cap),
        cmocka_unit_test(a_full_disk_fails_the_text_and_not_the_count),
        cmocka_unit_test(no_writable_directory_is_no_trouble),
    };
    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
