/* test_guard.c -- GUARD and REPORT: what is written is read, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/guard.h"

static struct clnrm_slice text(const char *s)
{
    return clnrm_slice_of(s);
}

static struct clnrm_guard_spec a_guard(void)
{
    static struct clnrm_slice commands[2];
    static struct clnrm_guard_host hosts[1];
    commands[0] = text("curl");
    commands[1] = text("/usr/bin/wget");
    hosts[0] = (struct clnrm_guard_host){text("ok.example"), 0x7f005001};
    return (struct clnrm_guard_spec){
        .flags = CLNRM_GUARD_NAMES | CLNRM_GUARD_ROUTES,
        .pass = UINT64_C(0x0123456789abcdef),
        .command_count = 2,
        .host_count = 1,
        .commands = commands,
        .hosts = hosts,
    };
}

static struct clnrm_report a_report(void)
{
    return (struct clnrm_report){
        .number = 3,
        .kind = CLNRM_REPORT_CONNECT,
        .count = UINT64_C(1) << 40,
        .step = 7,
        .pid = 12,
        .name = text("python3"),
        .argv = text("python3 -c x"),
        .what = text("10.0.0.1:80"),
    };
}

static struct clnrm_frame frame_of(const struct clnrm_buf *b)
{
    struct clnrm_frame f;
    assert_int_equal(clnrm_frame_next(b->data, b->len, &f), b->len);
    assert_int_equal(f.id, 0);
    return f;
}

static void reads_a_guard(void **state)
{
    (void)state;
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_guard_spec wrote = a_guard(), read;
    assert_int_equal(clnrm_guard_spec_write(&wrote, &b), 0);
    struct clnrm_frame f = frame_of(&b);
    assert_int_equal(f.type, CLNRM_FRAME_GUARD);
    assert_int_equal(clnrm_guard_spec_read(f.payload, &read), 0);
    assert_int_equal(read.flags, wrote.flags);
    assert_true(read.pass == wrote.pass);
    assert_int_equal(read.command_count, 2);
    assert_true(clnrm_slice_equal(read.commands[1], wrote.commands[1]));
    assert_int_equal(read.host_count, 1);
    assert_true(clnrm_slice_equal(read.hosts[0].name, wrote.hosts[0].name));
    assert_int_equal(read.hosts[0].ip, wrote.hosts[0].ip);
    clnrm_guard_spec_free(&read);
    clnrm_buf_free(&b);
}

static void reads_a_report(void **state)
{
    (void)state;
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_report wrote = a_report(), read;
    assert_int_equal(clnrm_report_write(&wrote, &b), 0);
    struct clnrm_frame f = frame_of(&b);
    assert_int_equal(f.type, CLNRM_FRAME_REPORT);
    assert_int_equal(clnrm_report_read(f.payload, &read), 0);
    assert_int_equal(read.number, 3);
    assert_int_equal(read.kind, 'c');
    assert_true(read.count == wrote.count);
    assert_int_equal(read.step, 7);
    assert_int_equal(read.pid, 12);
    assert_true(clnrm_slice_equal(read.name, wrote.name));
    assert_true(clnrm_slice_equal(read.argv, wrote.argv));
    assert_true(clnrm_slice_equal(read.what, wrote.what));
    clnrm_buf_free(&b);
}

/* Every shorter payload, and one with a byte more, is refused. */
static void refuses_what_is_cut(void **state)
{
    (void)state;
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_guard_spec wrote = a_guard(), read;
    struct clnrm_report report = a_report(), read_report;
    assert_int_equal(clnrm_guard_spec_write(&wrote, &b), 0);
    struct clnrm_slice payload = frame_of(&b).payload;
    for (size_t len = 0; len < payload.len; len++)
        assert_int_equal(clnrm_guard_spec_read((struct clnrm_slice){payload.data, len}, &read),
                         CLNRM_EPROTO);
    clnrm_buf_free(&b);
    b = (struct clnrm_buf){.max = 4096};
    assert_int_equal(clnrm_report_write(&report, &b), 0);
    payload = frame_of(&b).payload;
    for (size_t len = 0; len < payload.len; len++)
        assert_int_equal(clnrm_report_read((struct clnrm_slice){payload.data, len}, &read_report),
                         CLNRM_EPROTO);
    clnrm_buf_add(&b, "x", 1);
    assert_int_equal(
        clnrm_report_read((struct clnrm_slice){b.data + CLNRM_FRAME_HEADER, payload.len + 1},
                          &read_report),
        CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

static void expect_refused(struct clnrm_report report)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_report read;
    assert_int_equal(clnrm_report_write(&report, &b), 0);
    assert_int_equal(clnrm_report_read(frame_of(&b).payload, &read), CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    static char longer[CLNRM_GUARD_TEXT_MAX + 1];
    struct clnrm_report report = a_report();
    report.kind = 'z';
    expect_refused(report);
    report = a_report();
    report.count = 0;
    expect_refused(report);
    report = a_report();
    report.number = CLNRM_GUARD_REPORTS_MAX + 1;
    expect_refused(report);
    report = a_report();
    report.what = (struct clnrm_slice){longer, sizeof(longer)};
    expect_refused(report);

    struct clnrm_buf b = {.max = 4096};
    struct clnrm_guard_spec guard = a_guard(), read;
    guard.flags = CLNRM_GUARD_FLAGS + 1;
    assert_int_equal(clnrm_guard_spec_write(&guard, &b), 0);
    assert_int_equal(clnrm_guard_spec_read(frame_of(&b).payload, &read), CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_guard),
        cmocka_unit_test(reads_a_report),
        cmocka_unit_test(refuses_what_is_cut),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
