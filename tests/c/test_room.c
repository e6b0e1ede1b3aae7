/* test_room.c -- the payloads ROOM, VIEW, SPAWN and EXIT: read as written, and hostile bytes refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/room.h"

#define S(text)                                                                                    \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

static struct clnrm_room_op OPS[] = {
    {.kind = CLNRM_OP_RO, .source = S("/usr"), .target = S("/usr")},
    {.kind = CLNRM_OP_FILE, .source = S("a\0b"), .target = S("/etc/x"), .mode = 0644},
    {.kind = CLNRM_OP_TMPFS,
     .flags = CLNRM_OP_FLAGS,
     .target = S("/tmp"),
     .mode = 01777,
     .size = UINT64_MAX,
     .inodes = 77},
};

static const struct clnrm_room_spec ROOM = {.hostname = S("room"),
                                            .uid = 1000,
                                            .gid = 1001,
                                            .root_size = UINT64_C(1) << 40,
                                            .root_inodes = 3,
                                            .op_count = 3,
                                            .ops = OPS,
                                            .shelf_count = 1,
                                            .shelf = OPS + 1};

static struct clnrm_slice ARGS[] = {S("sh"), S("-c"), S("")};
static struct clnrm_slice ENV[] = {S("A=1"), S("B=\xff")};
static struct clnrm_limit LIMITS[] = {{7, 1024}, {4, 0}};

static uint32_t GROUPS[] = {0, 5, UINT32_MAX - 1};

static const struct clnrm_spawn_spec SPAWN = {
    .flags = CLNRM_SPAWN_STDIN | CLNRM_SPAWN_MERGE,
    .filter = CLNRM_NO_FILTER,
    .credit = 65536,
    .deadline_us = UINT64_C(30000000),
    .view = 8,
    .net = 9,
    .hostname = S("db"),
    .groups = 2,
    .user = {.kind = CLNRM_USER_IDS, .uid = 70, .gid = 71, .group_count = 3, .groups = GROUPS},
    .cwd = S("/room"),
    .argc = 3,
    .envc = 2,
    .limit_count = 2,
    .op_count = 1,
    .argv = ARGS,
    .env = ENV,
    .limits = LIMITS,
    .ops = OPS};

static const struct clnrm_exit EXIT = {.kind = CLNRM_SIGNALLED,
                                       .value = 9,
                                       .timed_out = 1,
                                       .signals = 8,
                                       .user_us = 1,
                                       .system_us = 2,
                                       .max_rss_kb = 3,
                                       .duration_us = 4,
                                       .stdout_bytes = UINT64_C(5) << 33,
                                       .stderr_bytes = 6,
                                       .leaked = 7,
                                       .leak_names = S("a,b")};

static struct clnrm_frame only_frame(const struct clnrm_buf *b, uint8_t type)
{
    struct clnrm_frame f;
    assert_int_equal(clnrm_frame_next(b->data, b->len, &f), b->len);
    assert_int_equal(f.type, type);
    return f;
}

static void expect_slice(struct clnrm_slice got, struct clnrm_slice want)
{
    assert_true(clnrm_slice_equal(got, want));
}

static void expect_ops(const struct clnrm_room_op *got, const struct clnrm_room_op *want,
                       uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(got[i].kind, want[i].kind);
        assert_int_equal(got[i].flags, want[i].flags);
        expect_slice(got[i].source, want[i].source);
        expect_slice(got[i].target, want[i].target);
        assert_int_equal(got[i].mode, want[i].mode);
        assert_true(got[i].size == want[i].size && got[i].inodes == want[i].inodes);
    }
}

static void reads_a_room_as_written(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_room_spec got;
    (void)state;
    assert_int_equal(clnrm_room_spec_write(&ROOM, &b), 0);
    assert_int_equal(clnrm_room_spec_read(only_frame(&b, CLNRM_FRAME_ROOM).payload, &got), 0);
    expect_slice(got.hostname, ROOM.hostname);
    assert_int_equal(got.uid, 1000);
    assert_int_equal(got.gid, 1001);
    assert_true(got.root_size == ROOM.root_size && got.root_inodes == 3);
    assert_int_equal(got.op_count, 3);
    expect_ops(got.ops, OPS, 3);
    assert_int_equal(got.shelf_count, 1);
    expect_ops(got.shelf, OPS + 1, 1);
    clnrm_room_spec_free(&got);
    assert_null(got.ops);
    clnrm_buf_free(&b);
}

static void reads_a_spawn_as_written(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_spawn_spec got;
    (void)state;
    assert_int_equal(clnrm_spawn_spec_write(&SPAWN, 5, &b), 0);
    struct clnrm_frame f = only_frame(&b, CLNRM_FRAME_SPAWN);
    assert_int_equal(f.id, 5);
    assert_int_equal(clnrm_spawn_spec_read(f.payload, &got), 0);
    assert_int_equal(got.flags, SPAWN.flags);
    assert_int_equal(got.filter, CLNRM_NO_FILTER);
    assert_int_equal(got.credit, 65536);
    assert_true(got.deadline_us == SPAWN.deadline_us);
    assert_int_equal(got.view, 8);
    assert_int_equal(got.net, 9);
    expect_slice(got.hostname, SPAWN.hostname);
    assert_int_equal(got.groups, 2);
    assert_int_equal(got.user.kind, CLNRM_USER_IDS);
    assert_int_equal(got.user.uid, 70);
    assert_int_equal(got.user.gid, 71);
    assert_int_equal(got.user.group_count, 3);
    assert_memory_equal(got.user.groups, GROUPS, sizeof(GROUPS));
    expect_slice(got.cwd, SPAWN.cwd);
    assert_int_equal(got.argc, 3);
    assert_int_equal(got.envc, 2);
    assert_int_equal(got.limit_count, 2);
    assert_int_equal(got.op_count, 1);
    for (int i = 0; i < 3; i++)
        expect_slice(got.argv[i], ARGS[i]);
    for (int i = 0; i < 2; i++) {
        expect_slice(got.env[i], ENV[i]);
        assert_int_equal(got.limits[i].resource, LIMITS[i].resource);
        assert_true(got.limits[i].value == LIMITS[i].value);
    }
    expect_ops(got.ops, OPS, 1);
    clnrm_spawn_spec_free(&got);
    clnrm_buf_free(&b);
}

static void reads_an_exit_as_written(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_exit got;
    (void)state;
    assert_int_equal(clnrm_exit_write(&EXIT, 8, &b), 0);
    assert_int_equal(clnrm_exit_read(only_frame(&b, CLNRM_FRAME_EXIT).payload, &got), 0);
    expect_slice(got.leak_names, EXIT.leak_names);
    got.leak_names = EXIT.leak_names;
    assert_int_equal(got.kind, EXIT.kind);
    assert_int_equal(got.value, 9);
    assert_int_equal(got.timed_out, 1);
    assert_true(got.user_us == 1 && got.system_us == 2 && got.max_rss_kb == 3 &&
                got.duration_us == 4 && got.stdout_bytes == EXIT.stdout_bytes &&
                got.stderr_bytes == 6 && got.leaked == 7);
    clnrm_buf_free(&b);
}

enum { ROOM_PAYLOAD, SPAWN_PAYLOAD, VIEW_PAYLOAD, EXIT_PAYLOAD, PAYLOADS };

/* Reads `payload` (a copy of its exact size) as one of them; frees what was read.  Returns how many
 * took it. */
static int read_as(int which, const char *payload, size_t len)
{
    char *exact = malloc(len ? len : 1);
    int taken = 0;
    struct clnrm_room_spec room;
    struct clnrm_spawn_spec spawn;
    struct clnrm_exit e;
    struct clnrm_room_op *ops;
    uint32_t op_count;
    if (len)
        memcpy(exact, payload, len);
    struct clnrm_slice s = {exact, len};
    if (which == ROOM_PAYLOAD && clnrm_room_spec_read(s, &room) == 0)
        taken++, clnrm_room_spec_free(&room);
    if (which == SPAWN_PAYLOAD && clnrm_spawn_spec_read(s, &spawn) == 0)
        taken++, clnrm_spawn_spec_free(&spawn);
    if (which == VIEW_PAYLOAD && clnrm_view_spec_read(s, &op_count, &ops) == 0)
        taken++, free(ops);
    if (which == EXIT_PAYLOAD && clnrm_exit_read(s, &e) == 0)
        taken++;
    free(exact);
    return taken;
}

static void write_seed(int which, struct clnrm_buf *b)
{
    b->max = 1 << 20;
    assert_int_equal(which == ROOM_PAYLOAD    ? clnrm_room_spec_write(&ROOM, b)
                     : which == SPAWN_PAYLOAD ? clnrm_spawn_spec_write(&SPAWN, 1, b)
                     : which == VIEW_PAYLOAD  ? clnrm_view_spec_write(3, OPS, 1, b)
                                              : clnrm_exit_write(&EXIT, 1, b),
                     0);
}

static void refuses_every_truncation_and_extension(void **state)
{
    (void)state;
    for (int which = 0; which < PAYLOADS; which++) {
        struct clnrm_buf b = {0};
        write_seed(which, &b);
        const char *payload = b.data + CLNRM_FRAME_HEADER;
        size_t len = b.len - CLNRM_FRAME_HEADER;
        assert_int_equal(read_as(which, payload, len), 1);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(read_as(which, payload, cut), 0);
        assert_int_equal(clnrm_buf_add(&b, "\0", 1), 0);
        assert_int_equal(read_as(which, b.data + CLNRM_FRAME_HEADER, len + 1), 0);
        clnrm_buf_free(&b);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 17, *seed ^= *seed << 5;
    return *seed;
}

/* Deterministic: the same 30,000 payloads every time.  Memory errors show in the address variant. */
static void survives_mutations(void **state)
{
    uint32_t seed = 20260101;
    (void)state;
    for (int round = 0; round < 30000; round++) {
        struct clnrm_buf b = {0};
        write_seed(round % PAYLOADS, &b);
        char *payload = b.data + CLNRM_FRAME_HEADER;
        size_t len = b.len - CLNRM_FRAME_HEADER;
        for (uint32_t i = next_random(&seed) % 6 + 1; i > 0; i--) {
            size_t at = next_random(&seed) % len;
            uint32_t what = next_random(&seed);
            payload[at] = what % 3 == 0 ? '\xff' : what % 3 == 1 ? '\0' : (char)(what >> 8);
        }
        len -= round % 5 == 0 ? next_random(&seed) % len : 0;
        for (int which = 0; which < PAYLOADS; which++)
            read_as(which, payload, len);
        clnrm_buf_free(&b);
    }
}

static void expect_refused_spawn(struct clnrm_spawn_spec spec)
{
    struct clnrm_buf b = {.max = 1 << 20};
    struct clnrm_spawn_spec got;
    assert_int_equal(clnrm_spawn_spec_write(&spec, 1, &b), 0);
    assert_int_equal(clnrm_spawn_spec_read(only_frame(&b, CLNRM_FRAME_SPAWN).payload, &got),
                     CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

static const char LONG[CLNRM_ROOM_HOSTNAME_MAX + 2] =
    "0123456789012345678901234567890123456789012345678901234567890123x";

static void takes_and_refuses_addresses(void **state)
{
    static const struct {
        struct clnrm_address at;
        int status;
    } cases[] = {{{0, 0x7f000001, 1}, 0},
                 {{7, 0x7fffffff, 65535}, 0},
                 {{0, 0x7f000001, 0}, CLNRM_EPROTO},
                 {{0, 0x7f000001, 65536}, CLNRM_EPROTO},
                 {{0, 0x0a000001, 80}, CLNRM_EPROTO},
                 {{0, 0, 80}, CLNRM_EPROTO}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct clnrm_buf b = {.max = 4096};
        struct clnrm_frame_writer w;
        clnrm_frame_begin(&w, &b, CLNRM_FRAME_DIAL, 1);
        clnrm_address_put(&w, &cases[i].at);
        assert_int_equal(clnrm_frame_end(&w), 0);
        struct clnrm_frame_reader r = clnrm_frame_read(only_frame(&b, CLNRM_FRAME_DIAL).payload);
        struct clnrm_address got = clnrm_address_get(&r);
        assert_int_equal(clnrm_frame_done(&r), cases[i].status);
        if (cases[i].status == 0)
            assert_memory_equal(&got, &cases[i].at, sizeof(got));
        clnrm_buf_free(&b);
    }
}

static void refuses_what_it_does_not_know(void **state)
{
    struct clnrm_room_op op = OPS[0];
    struct clnrm_spawn_spec spec = SPAWN;
    (void)state;
    spec.ops = &op;
    op.kind = 'z', expect_refused_spawn(spec);
    op.kind = 0, expect_refused_spawn(spec);
    op = OPS[0], op.flags = 8, expect_refused_spawn(spec);
    spec = SPAWN, spec.flags = 16, expect_refused_spawn(spec);
    spec = SPAWN, spec.hostname = (struct clnrm_slice){LONG, sizeof(LONG) - 1},
    expect_refused_spawn(spec);
    spec = SPAWN, spec.groups = CLNRM_SPAWN_GROUPS_MAX + 1, expect_refused_spawn(spec);
    spec = SPAWN, spec.argc = 0, expect_refused_spawn(spec);
    struct clnrm_limit limits[CLNRM_SPAWN_LIMITS_MAX + 1] = {{0, 0}};
    spec = SPAWN, spec.limits = limits, spec.limit_count = CLNRM_SPAWN_LIMITS_MAX + 1;
    expect_refused_spawn(spec);
    struct clnrm_exit e = EXIT;
    struct clnrm_buf b = {.max = 4096};
    e.kind = 'q';
    assert_int_equal(clnrm_exit_write(&e, 1, &b), 0);
    assert_int_equal(clnrm_exit_read(only_frame(&b, CLNRM_FRAME_EXIT).payload, &e), CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

static void refuses_counts_that_the_bytes_cannot_hold(void **state)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_room_spec room = ROOM, got;
    (void)state;
    room.op_count = room.shelf_count = 0;
    assert_int_equal(clnrm_room_spec_write(&room, &b), 0);
    b.data[b.len - 4] = 100; /* a hundred operations, in no bytes at all */
    assert_int_equal(clnrm_room_spec_read(only_frame(&b, CLNRM_FRAME_ROOM).payload, &got),
                     CLNRM_EPROTO);
    clnrm_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_room_as_written),
        cmocka_unit_test(reads_a_spawn_as_written),
        cmocka_unit_test(reads_an_exit_as_written),
        cmocka_unit_test(refuses_every_truncation_and_extension),
        cmocka_unit_test(survives_mutations),
        cmocka_unit_test(takes_and_refuses_addresses),
        cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(refuses_counts_that_the_bytes_cannot_hold),
    };
    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
