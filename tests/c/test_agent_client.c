/* test_agent_client.c -- the client of the agent against a scripted one: only its own last frame makes an
 * operation succeed; whatever else comes, or does not, is the loss of the room. */
#include "base/base.h"
#include "core/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct clnrm_address PORT_80 = {0, 0x7f000001, 80}, PORT_4318 = {0, 0x7f000001, 4318};

/* The other end of the stream, played by the test. */
struct fake {
    uv_loop_t loop;
    struct clnrm_agent *agent;
    int fd;
    struct clnrm_buf said; /* what the host has sent */
    struct clnrm_buf out;  /* what is to be said to it */
    int changes;
};

static void on_change(void *data)
{
    ++*(int *)data;
}

static void open_fake(struct fake *f)
{
    int ends[2];
    *f = (struct fake){.said.max = 64 << 20, .out.max = 64 << 20};
    uv_loop_init(&f->loop);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    f->fd = ends[1];
    fcntl(f->fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(clnrm_agent_attach(&f->loop, ends[0], (struct clnrm_slice){"ROOM", 4},
                                        on_change, &f->changes, &f->agent),
                     0);
}

static void turn(struct fake *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
}

static void close_fake(struct fake *f)
{
    if (f->fd >= 0)
        close(f->fd);
    clnrm_agent_release(f->agent);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    clnrm_buf_free(&f->said);
    clnrm_buf_free(&f->out);
}

/* Says the first `len` bytes of `out`, in pieces of `piece`, and lets the host take them. */
static void say_part(struct fake *f, size_t len, size_t piece)
{
    for (size_t at = 0; at < len; at += piece) {
        size_t n = piece < len - at ? piece : len - at;
        ssize_t sent = send(f->fd, f->out.data + at, n, MSG_NOSIGNAL);
        if (sent < 0)
            break; /* the host has hung up, as some tests want */
        assert_int_equal(sent, n);
        turn(f);
    }
    f->out.len = 0;
    turn(f);
}

static void say(struct fake *f)
{
    say_part(f, f->out.len, SIZE_MAX);
}

/* Takes what the host has sent. */
static void hear(struct fake *f)
{
    char block[65536];
    ssize_t n;
    turn(f);
    while ((n = read(f->fd, block, sizeof(block))) > 0) {
        clnrm_buf_add(&f->said, block, (size_t)n);
        turn(f);
    }
}

/* How many frames of a type the host has sent for an operation; `payload` gets the bytes of all. */
static int count_heard(struct fake *f, uint8_t type, uint32_t id, uint64_t *payload)
{
    struct clnrm_frame frame;
    int count = 0;
    hear(f);
    for (size_t at = 4; at < f->said.len;) {
        long n = clnrm_frame_next(f->said.data + at, f->said.len - at, &frame);
        assert_true(n > 0);
        at += (size_t)n;
        if (frame.type != type || frame.id != id)
            continue;
        count++;
        if (payload)
            *payload += frame.payload.len;
    }
    return count;
}

/* Frames of an agent.  `spec` has one letter for each field: b u8, u u32, l u64, t text. */
static void frame(struct fake *f, uint8_t type, uint32_t id, const char *spec, ...)
{
    struct clnrm_frame_writer w;
    va_list args;
    va_start(args, spec);
    clnrm_frame_begin(&w, &f->out, type, id);
    for (; *spec; spec++) {
        if (*spec == 'b')
            clnrm_frame_put_u8(&w, (uint8_t)va_arg(args, int));
        if (*spec == 'u')
            clnrm_frame_put_u32(&w, va_arg(args, uint32_t));
        if (*spec == 'l')
            clnrm_frame_put_u64(&w, va_arg(args, uint64_t));
        if (*spec == 't') {
            const char *text = va_arg(args, const char *);
            clnrm_frame_put_text(&w, text, strlen(text));
        }
    }
    va_end(args);
    assert_int_equal(clnrm_frame_end(&w), 0);
}

static void ready(struct fake *f)
{
    frame(f, CLNRM_FRAME_READY, 0, "uututt", CLNRM_FRAME_VERSION, 4242u, "", 1u, "net", "own");
    say(f);
    assert_int_equal(clnrm_agent_info(f->agent).state, CLNRM_AGENT_READY);
}

static void exit_frame(struct fake *f, uint32_t id, uint32_t code, uint64_t out, uint64_t err)
{
    const struct clnrm_exit e = {.kind = CLNRM_EXITED,
                                 .value = code,
                                 .stdout_bytes = out,
                                 .stderr_bytes = err,
                                 .leaked = 1,
                                 .leak_names = clnrm_slice_of("sleep")};
    assert_int_equal(clnrm_exit_write(&e, id, &f->out), 0);
}

static struct clnrm_agent_op *spawn_with(struct fake *f, uint32_t flags)
{
    static struct clnrm_slice argv[] = {{"true", 4}};
    static int changes;
    const struct clnrm_spawn_spec spec = {
        .argc = 1, .argv = argv, .cwd = {"/", 1}, .flags = flags, .filter = CLNRM_NO_FILTER};
    struct clnrm_agent_op *op;
    assert_int_equal(
        clnrm_agent_spawn(f->agent, &spec, NULL, CLNRM_SPOOL_CAP_DEFAULT, on_change, &changes, &op),
        0);
    return op;
}

static void a_dialogue_goes_through_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 5, 11, 12, 13, 64, 100000};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        struct fake f;
        char text[16];
        open_fake(&f);
        ready(&f);
        struct clnrm_agent_op *op = spawn_with(&f, 0);
        frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "hello");
        frame(&f, CLNRM_FRAME_STDERR, 1, "t", "oops");
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", " world");
        exit_frame(&f, 1, 3, 11, 9);
        say_part(&f, f.out.len, pieces[i]);
        struct clnrm_agent_op_info info = clnrm_agent_op_info(op);
        assert_int_equal(info.state, CLNRM_OP_OVER);
        assert_int_equal(info.status, 0);
        assert_true(info.has_exit);
        assert_int_equal(info.exit.value, 3);
        assert_int_equal(info.exit.stderr_bytes, 9);
        assert_int_equal(info.exit.leak_names.len, 5);
        assert_int_equal(info.pid, 7);
        assert_int_equal(clnrm_spool_read(clnrm_agent_op_output(op, 0), 0, text, 16), 11);
        assert_memory_equal(text, "hello world", 11);
        assert_int_equal(clnrm_agent_op_output(op, 1)->total, 4);
        assert_string_equal(clnrm_agent_info(f.agent).isolation[0].what, "own");
        clnrm_agent_op_release(op);
        close_fake(&f);
    }
}

/* Every prefix of a whole dialogue, then the end of the stream. */
static void a_stream_that_ends_early_is_never_success(void **state)
{
    (void)state;
    size_t whole = 1;
    for (size_t cut = 0; cut < whole; cut++) {
        struct fake f;
        open_fake(&f);
        ready(&f);
        struct clnrm_agent_op *op = spawn_with(&f, 0), *stat, *get, *put;
        clnrm_agent_stat(f.agent, 0, clnrm_slice_of("/a"), NULL, NULL, &stat);
        clnrm_agent_get(f.agent, 0, clnrm_slice_of("/a"), 100, NULL, NULL, &get);
        clnrm_agent_put(f.agent, 0, clnrm_slice_of("/a"), 0600, clnrm_slice_of("xyz"), NULL, NULL,
                        &put);
        frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
        frame(&f, CLNRM_FRAME_FILE, 2, "bul", 'f', 0600u, UINT64_C(5));
        frame(&f, CLNRM_FRAME_FILE, 3, "bul", 'f', 0600u, UINT64_C(5));
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "hello");
        frame(&f, CLNRM_FRAME_DATA, 3, "t", "hello");
        size_t before = f.out.len;
        frame(&f, CLNRM_FRAME_DONE, 2, "utt", 0u, "", "what");
        frame(&f, CLNRM_FRAME_DONE, 3, "utt", 0u, "", "what");
        frame(&f, CLNRM_FRAME_DONE, 4, "utt", 0u, "", "what");
        exit_frame(&f, 1, 0, 5, 0);
        whole = f.out.len;
        say_part(&f, cut, SIZE_MAX);
        close(f.fd);
        f.fd = -1;
        turn(&f);
        struct clnrm_agent_op_info info = clnrm_agent_op_info(op);
        assert_int_equal(info.state, CLNRM_OP_OVER);
        assert_int_equal(info.status, CLNRM_EAGENT);
        assert_false(info.has_exit);
        assert_true(strlen(info.reason) > 0);
        struct clnrm_agent_op *files[] = {stat, get, put};
        for (int i = 0; i < 3; i++) {
            assert_int_equal(clnrm_agent_op_info(files[i]).state, CLNRM_OP_OVER);
            if (cut <= before)
                assert_int_equal(clnrm_agent_op_info(files[i]).status, CLNRM_EAGENT);
            clnrm_agent_op_release(files[i]);
        }
        assert_int_equal(clnrm_agent_info(f.agent).status, CLNRM_EAGENT);
        clnrm_agent_op_release(op);
        close_fake(&f);
    }
    assert_true(whole > 150);
}

/* A whole dialogue with some bytes changed: every operation ends, and one whose own last frame did not
 * come unharmed does not end well. */
static void damaged_frames_end_every_operation(void **state)
{
    (void)state;
    uint32_t seed = 42;
    for (int round = 0; round < 4000; round++) {
        struct fake f;
        open_fake(&f);
        ready(&f);
        struct clnrm_agent_op *op = spawn_with(&f, 0), *get;
        clnrm_agent_get(f.agent, 0, clnrm_slice_of("/a"), 100, NULL, NULL, &get);
        frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
        frame(&f, CLNRM_FRAME_FILE, 2, "bul", 'f', 0600u, UINT64_C(5));
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "hello");
        frame(&f, CLNRM_FRAME_DATA, 2, "t", "hello");
        frame(&f, CLNRM_FRAME_DONE, 2, "utt", 0u, "", "");
        size_t exit_at = f.out.len;
        exit_frame(&f, 1, 3, 5, 0);
        bool exit_is_whole = true;
        for (int i = 0; i < 1 + round % 3; i++) {
            seed = seed * 1664525 + 1013904223;
            size_t at = (seed >> 8) % f.out.len;
            f.out.data[at] = (char)(f.out.data[at] ^ (1 << (seed >> 28) % 8));
            exit_is_whole &= at < exit_at;
        }
        say_part(&f, f.out.len, 1 + seed % 200);
        close(f.fd);
        f.fd = -1;
        turn(&f);
        struct clnrm_agent_op_info info = clnrm_agent_op_info(op);
        assert_int_equal(info.state, CLNRM_OP_OVER);
        assert_int_equal(clnrm_agent_op_info(get).state, CLNRM_OP_OVER);
        if (info.has_exit && exit_is_whole)
            assert_int_equal(info.exit.value, 3);
        if (info.status == 0)
            assert_true(info.has_exit);
        clnrm_agent_op_release(get);
        clnrm_agent_op_release(op);
        close_fake(&f);
    }
}

enum { NOT_READY = 1, STARTED = 2, EXITED = 4, WITH_STAT = 8, CLOSING = 16 };

/* Says one thing that must not be said, after the stage that `flags` ask for. */
static void expect_loss(void (*say_wrong)(struct fake *), int flags, const char *reason)
{
    struct fake f;
    struct clnrm_agent_op *op = NULL, *stat = NULL;
    open_fake(&f);
    if (!(flags & NOT_READY)) {
        ready(&f);
        op = spawn_with(&f, 0);
    }
    if (flags & WITH_STAT)
        clnrm_agent_stat(f.agent, 0, clnrm_slice_of("/a"), NULL, NULL, &stat);
    if (flags & STARTED)
        frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    if (flags & EXITED)
        exit_frame(&f, 1, 0, 0, 0);
    say(&f);
    if (flags & CLOSING)
        clnrm_agent_close(f.agent);
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    say_wrong(&f);
    say(&f);
    struct clnrm_agent_info info = clnrm_agent_info(f.agent);
    if (info.status != CLNRM_EPROTO || !strstr(info.reason, reason))
        fail_msg("status %d (%s), not %s", info.status, info.reason, reason);
    if (op && !(flags & (EXITED | CLOSING))) {
        assert_int_equal(clnrm_agent_op_info(op).status, CLNRM_EPROTO);
        assert_false(clnrm_agent_op_info(op).has_exit);
    }
    if (op)
        clnrm_agent_op_release(op);
    if (stat)
        clnrm_agent_op_release(stat);
    close_fake(&f);
}

#define WRONG(name, ...)                                                                           \
    static void name(struct fake *f)                                                               \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }
WRONG(unknown_type, frame(f, 200, 0, ""))
WRONG(unknown_op_type, frame(f, 200, 1, ""))
WRONG(host_type, frame(f, CLNRM_FRAME_SPAWN, 1, ""))
WRONG(early_started, frame(f, CLNRM_FRAME_STARTED, 1, "u", 7u))
WRONG(early_exit, exit_frame(f, 1, 0, 0, 0))
WRONG(unknown_id, frame(f, CLNRM_FRAME_STDOUT, 99, "t", "x"))
WRONG(unknown_done, frame(f, CLNRM_FRAME_DONE, 99, "utt", 0u, "", "what"))
WRONG(unknown_exit, exit_frame(f, 99, 0, 0, 0))
WRONG(second_ready, frame(f, CLNRM_FRAME_READY, 0, "uutu", CLNRM_FRAME_VERSION, 0u, "", 0u))
WRONG(other_version, frame(f, CLNRM_FRAME_READY, 0, "uutu", CLNRM_FRAME_VERSION + 1, 0u, "", 0u))
WRONG(long_ready, frame(f, CLNRM_FRAME_READY, 0, "uutuu", CLNRM_FRAME_VERSION, 0u, "", 0u, 0u))
WRONG(late_refused, frame(f, CLNRM_FRAME_REFUSED, 0, "tut", "a", 1u, "b"))
WRONG(early_closed, frame(f, CLNRM_FRAME_CLOSED, 0, "u", 0u))
WRONG(after_closed, frame(f, CLNRM_FRAME_CLOSED, 0, "u", 0u);
      frame(f, CLNRM_FRAME_CLOSED, 0, "u", 0u))
WRONG(done_ok, frame(f, CLNRM_FRAME_DONE, 1, "utt", 0u, "exec", "what"))
WRONG(done_running, frame(f, CLNRM_FRAME_DONE, 1, "utt", 2u, "exec", "what"))
WRONG(huge_errno, frame(f, CLNRM_FRAME_DONE, 1, "utt", 0xffffffffu, "exec", "what"))
WRONG(more_bytes, frame(f, CLNRM_FRAME_STDOUT, 1, "tu", "x", 1u))
WRONG(fewer_counted, frame(f, CLNRM_FRAME_STDOUT, 1, "t", "xyz"); exit_frame(f, 1, 0, 2, 0))
WRONG(file_for_spawn, frame(f, CLNRM_FRAME_FILE, 1, "bul", 'f', 0u, UINT64_C(0)))
WRONG(data_for_spawn, frame(f, CLNRM_FRAME_DATA, 1, "t", "x"))
WRONG(free_credit, frame(f, CLNRM_FRAME_CREDIT, 1, "u", 1u))
WRONG(accept_small_id, frame(f, CLNRM_FRAME_ACCEPT, 5, "u", 80u))
WRONG(stat_without_file, frame(f, CLNRM_FRAME_DONE, 2, "utt", 0u, "", "what"))
WRONG(stat_of_no_kind, frame(f, CLNRM_FRAME_FILE, 2, "bul", 'z', 0u, UINT64_C(0)))
WRONG(stat_twice, frame(f, CLNRM_FRAME_FILE, 2, "bul", 'f', 0u, UINT64_C(0));
      frame(f, CLNRM_FRAME_FILE, 2, "bul", 'f', 0u, UINT64_C(0)))
WRONG(stdout_after_exit, frame(f, CLNRM_FRAME_STDOUT, 1, "t", "x"))
WRONG(second_exit, exit_frame(f, 1, 0, 0, 0))
WRONG(broken_header, clnrm_buf_add(&f->out, "\377\377\377\377AAAAAAAA", 12))
WRONG(dirty_header, clnrm_buf_add(&f->out, "\0\0\0\0\0\0\0\0\202\0\0\1", 12))

static void what_must_not_be_said_ends_the_room(void **state)
{
    (void)state;
    expect_loss(unknown_type, 0, "not known");
    expect_loss(unknown_op_type, 0, "not known");
    expect_loss(host_type, 0, "not known");
    expect_loss(early_started, NOT_READY, "before READY");
    expect_loss(early_exit, NOT_READY, "before READY");
    expect_loss(early_exit, 0, "EXIT that was not to come");
    expect_loss(early_started, STARTED, "STARTED that was not to come");
    expect_loss(unknown_id, STARTED, "not known");
    expect_loss(unknown_done, STARTED, "not known");
    expect_loss(unknown_exit, STARTED, "not known");
    expect_loss(second_ready, 0, "second READY");
    expect_loss(other_version, NOT_READY, "another version");
    expect_loss(long_ready, NOT_READY, "cannot be read");
    expect_loss(late_refused, 0, "REFUSED after READY");
    expect_loss(early_closed, 0, "nobody asked");
    expect_loss(early_closed, NOT_READY, "nobody asked");
    expect_loss(after_closed, CLOSING, "after CLOSED");
    expect_loss(done_ok, 0, "not started, and no error");
    expect_loss(done_ok, STARTED, "runs");
    expect_loss(done_running, STARTED, "runs");
    expect_loss(huge_errno, 0, "cannot be read");
    expect_loss(more_bytes, STARTED, "output that was not to come");
    expect_loss(stdout_after_exit, 0, "output that was not to come");
    expect_loss(fewer_counted, STARTED, "counts less");
    expect_loss(file_for_spawn, STARTED, "FILE that was not to come");
    expect_loss(data_for_spawn, STARTED, "DATA that was not to come");
    expect_loss(free_credit, STARTED, "CREDIT that was not to come");
    expect_loss(accept_small_id, STARTED, "ACCEPT that was not to come");
    expect_loss(stat_without_file, WITH_STAT, "without a FILE");
    expect_loss(stat_of_no_kind, WITH_STAT, "FILE that was not to come");
    expect_loss(stat_twice, WITH_STAT, "FILE that was not to come");
    expect_loss(stdout_after_exit, STARTED | EXITED, "not known");
    expect_loss(second_exit, STARTED | EXITED, "not known");
    expect_loss(broken_header, STARTED, "header");
    expect_loss(dirty_header, NOT_READY, "header");
}

static void output_past_its_credit_ends_the_room(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    ready(&f);
    struct clnrm_agent_op *get;
    clnrm_agent_get(f.agent, 0, clnrm_slice_of("/a"), CLNRM_AGENT_GET_MAX, NULL, NULL, &get);
    frame(&f, CLNRM_FRAME_FILE, 1, "bul", 'f', 0600u, UINT64_C(1) << 30);
    say(&f);
    char *block = clnrm_xcalloc(CLNRM_FRAME_PAYLOAD_MAX);
    memset(block, 'x', CLNRM_FRAME_PAYLOAD_MAX - 5);
    struct clnrm_agent_op *op = spawn_with(&f, 0); /* its credit is one window for both streams */
    frame(&f, CLNRM_FRAME_STARTED, 2, "u", 7u);
    block[CLNRM_AGENT_WINDOW / 2 - 1] = 0; /* no credit is given back before half a window */
    frame(&f, CLNRM_FRAME_STDOUT, 2, "t", block);
    say_part(&f, f.out.len, 65536);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CREDIT, 2, NULL), 0);
    block[CLNRM_AGENT_WINDOW / 2 - 1] = 'x';
    frame(&f, CLNRM_FRAME_STDERR, 2, "t", block);
    say_part(&f, f.out.len, 65536);
    assert_int_equal(clnrm_agent_info(f.agent).status, CLNRM_EPROTO);
    assert_non_null(strstr(clnrm_agent_info(f.agent).reason, "credit"));
    assert_int_equal(clnrm_agent_op_output(op, 1)->total, 0);
    free(block);
    clnrm_agent_op_release(op);
    clnrm_agent_op_release(get);
    close_fake(&f);
}

static void a_command_that_was_not_started_says_why(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    ready(&f);
    struct clnrm_agent_op *op = spawn_with(&f, 0);
    frame(&f, CLNRM_FRAME_DONE, 1, "utt", (uint32_t)ENOENT, "exec", "what");
    say(&f);
    assert_int_equal(clnrm_agent_op_info(op).state, CLNRM_OP_OVER);
    assert_int_equal(clnrm_agent_op_info(op).status, -ENOENT);
    assert_string_equal(clnrm_agent_op_info(op).stage, "exec");
    assert_string_equal(clnrm_agent_op_info(op).what, "what");
    assert_int_equal(clnrm_agent_op_signal(op, 9), -ESRCH);
    clnrm_agent_op_release(op);
    close_fake(&f);
}

static void a_refused_room_says_which_step(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    frame(&f, CLNRM_FRAME_REFUSED, 0, "tut", "user namespace", (uint32_t)EPERM, "unshare");
    say(&f);
    struct clnrm_agent_info info = clnrm_agent_info(f.agent);
    assert_int_equal(info.status, CLNRM_EROOM);
    assert_string_equal(info.reason, "user namespace: unshare: Operation not permitted");
    struct clnrm_agent_op *op;
    assert_int_equal(clnrm_agent_stat(f.agent, 0, clnrm_slice_of("/"), NULL, NULL, &op),
                     CLNRM_EAGENT);
    close_fake(&f);
}

static void credit_is_given_back_and_stdin_keeps_to_its_own(void **state)
{
    (void)state;
    struct fake f;
    static char block[CLNRM_FRAME_CHUNK + 1];
    open_fake(&f);
    ready(&f);
    struct clnrm_agent_op *op = spawn_with(&f, CLNRM_SPAWN_STDIN);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    memset(block, 'x', CLNRM_FRAME_CHUNK);
    for (int i = 0; i < 64; i++) {
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", block);
        say(&f);
    }
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CREDIT, 1, NULL), 8);
    char *input = clnrm_xcalloc(1000000);
    assert_int_equal(clnrm_agent_op_write(op, (struct clnrm_slice){input, 1000000}), 0);
    free(input);
    clnrm_agent_op_end(op);
    assert_int_equal(clnrm_agent_op_write(op, clnrm_slice_of("x")), -EPIPE);
    uint64_t sent = 0;
    int frames = count_heard(&f, CLNRM_FRAME_STDIN, 1, &sent);
    assert_int_equal(sent - 4 * (uint64_t)frames, CLNRM_FRAME_WINDOW);
    assert_int_equal(clnrm_agent_op_info(op).input_left, 1000000 - CLNRM_FRAME_WINDOW);
    while (clnrm_agent_op_info(op).input_left > 0) {
        frame(&f, CLNRM_FRAME_CREDIT, 1, "u", CLNRM_FRAME_WINDOW);
        say(&f);
        hear(&f);
    }
    sent = 0;
    frames = count_heard(&f, CLNRM_FRAME_STDIN, 1, &sent);
    assert_int_equal(sent - 4 * (uint64_t)frames, 1000000); /* and the empty one that ends it */
    exit_frame(&f, 1, 0, 64 * CLNRM_FRAME_CHUNK, 0);
    say(&f);
    assert_int_equal(clnrm_agent_op_info(op).status, 0);
    clnrm_agent_op_release(op);
    close_fake(&f);
}

static void a_release_cancels_and_late_answers_are_dropped(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    ready(&f);
    struct clnrm_agent_op *op = spawn_with(&f, 0), *dial;
    clnrm_agent_dial(f.agent, &PORT_80, NULL, NULL, &dial);
    clnrm_agent_op_release(op);
    clnrm_agent_op_release(dial);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CANCEL, 1, NULL), 1);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CANCEL, 2, NULL), 1);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "x");
    frame(&f, CLNRM_FRAME_DONE, 2, "utt", 0u, "", "what");
    frame(&f, CLNRM_FRAME_DATA, 2, "t", "late");
    exit_frame(&f, 1, 0, 1, 0);
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    op = spawn_with(&f, CLNRM_SPAWN_KEEP_GROUP); /* a service: its group outlives it */
    frame(&f, CLNRM_FRAME_STARTED, 3, "u", 7u);
    exit_frame(&f, 3, 0, 0, 0);
    say(&f);
    assert_true(clnrm_agent_op_info(op).has_exit);
    assert_int_equal(clnrm_agent_op_info(op).state, CLNRM_OP_RUNNING);
    clnrm_agent_op_release(op);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CANCEL, 3, NULL), 1);
    frame(&f, CLNRM_FRAME_DONE, 3, "utt", 0u, "cancel", "what");
    frame(&f, CLNRM_FRAME_DONE, 3, "utt", 0u, "cancel", "what");
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    close_fake(&f);
}

static void files_go_both_ways(void **state)
{
    (void)state;
    struct fake f;
    struct clnrm_agent_op *get, *put;
    open_fake(&f);
    ready(&f);
    char *content = clnrm_xcalloc(700000);
    clnrm_agent_put(f.agent, 0, clnrm_slice_of("/room/a"), 0644,
                    (struct clnrm_slice){content, 700000}, NULL, NULL, &put);
    free(content);
    uint64_t sent = 0;
    int frames = count_heard(&f, CLNRM_FRAME_DATA, 1, &sent);
    assert_int_equal(sent - 4 * (uint64_t)frames, 700000);
    frame(&f, CLNRM_FRAME_DONE, 1, "utt", (uint32_t)ENOSPC, "write", "what");
    clnrm_agent_get(f.agent, 0, clnrm_slice_of("/room/a"), 5, NULL, NULL, &get);
    frame(&f, CLNRM_FRAME_FILE, 2, "bul", 'f', 0644u, UINT64_C(9));
    frame(&f, CLNRM_FRAME_DATA, 2, "t", "hello");
    frame(&f, CLNRM_FRAME_DONE, 2, "utt", (uint32_t)EFBIG, "read", "what");
    say(&f);
    assert_int_equal(clnrm_agent_op_info(put).status, -ENOSPC);
    assert_int_equal(clnrm_agent_op_info(get).status, -EFBIG);
    assert_int_equal(clnrm_agent_op_info(get).file_size, 9);
    assert_int_equal(clnrm_agent_op_output(get, 0)->total, 5);
    clnrm_agent_op_release(get);
    clnrm_agent_get(f.agent, 0, clnrm_slice_of("/room/a"), 5, NULL, NULL, &get);
    frame(&f, CLNRM_FRAME_FILE, 3, "bul", 'f', 0644u, UINT64_C(9));
    frame(&f, CLNRM_FRAME_DATA, 3, "t", "hello!");
    say(&f);
    assert_int_equal(clnrm_agent_op_info(get).status, CLNRM_EPROTO);
    clnrm_agent_op_release(get);
    clnrm_agent_op_release(put);
    close_fake(&f);
}

static struct clnrm_agent_op *accepted;

static void on_accept(void *data, struct clnrm_agent_op *stream)
{
    (void)data;
    accepted = stream;
}

static void streams_carry_bytes_both_ways_until_both_ends(void **state)
{
    (void)state;
    struct fake f;
    struct clnrm_agent_op *relay;
    char text[16];
    const uint32_t id = CLNRM_FRAME_AGENT_ID | 1;
    open_fake(&f);
    ready(&f);
    clnrm_agent_relay(f.agent, &PORT_4318, NULL, NULL, &relay);
    clnrm_agent_op_accept(relay, on_accept, NULL);
    frame(&f, CLNRM_FRAME_DONE, 1, "utt", 0u, "", "what");
    frame(&f, CLNRM_FRAME_ACCEPT, id, "u", 1u);
    frame(&f, CLNRM_FRAME_DATA, id, "t", "hello");
    frame(&f, CLNRM_FRAME_ACCEPT, id + 1, "u", 9u); /* no relay for that: dropped */
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CANCEL, id + 1, NULL), 1);
    assert_int_equal(clnrm_agent_op_info(accepted).unread, 5);
    assert_int_equal(clnrm_agent_op_take(accepted, text, 3), 3);
    assert_int_equal(clnrm_agent_op_take(accepted, text + 3, 10), 2);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(clnrm_agent_op_write(accepted, clnrm_slice_of("answer")), 0);
    clnrm_agent_op_end(accepted);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_DATA, id, NULL), 2);
    assert_int_equal(clnrm_agent_op_info(accepted).state, CLNRM_OP_RUNNING);
    frame(&f, CLNRM_FRAME_DATA, id, "t", "");
    say(&f);
    assert_int_equal(clnrm_agent_op_info(accepted).state, CLNRM_OP_OVER);
    assert_int_equal(clnrm_agent_op_info(accepted).status, 0);
    clnrm_agent_op_release(accepted);
    clnrm_agent_op_release(relay);
    close_fake(&f);
}

static void a_stream_that_breaks_ends_alone(void **state)
{
    (void)state;
    struct fake f;
    struct clnrm_agent_op *dial, *relay;
    const uint32_t id = CLNRM_FRAME_AGENT_ID | 1;
    open_fake(&f);
    ready(&f);
    clnrm_agent_dial(f.agent, &PORT_80, NULL, NULL, &dial);
    clnrm_agent_relay(f.agent, &PORT_4318, NULL, NULL, &relay);
    clnrm_agent_op_accept(relay, on_accept, NULL);
    for (uint32_t op = 1; op <= 2; op++)
        frame(&f, CLNRM_FRAME_DONE, op, "utt", 0u, "", "what");
    frame(&f, CLNRM_FRAME_ACCEPT, id, "u", 2u);
    frame(&f, CLNRM_FRAME_DONE, 1, "utt", (uint32_t)ECONNRESET, "read", "");
    frame(&f, CLNRM_FRAME_DONE, id, "utt", (uint32_t)EPIPE, "write", "");
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    assert_int_equal(clnrm_agent_op_info(dial).status, -ECONNRESET);
    assert_int_equal(clnrm_agent_op_info(accepted).status, -EPIPE);
    assert_int_equal(clnrm_agent_op_info(relay).state, CLNRM_OP_RUNNING);
    clnrm_agent_op_release(accepted);
    clnrm_agent_op_release(dial);
    clnrm_agent_op_release(relay);
    close_fake(&f);
}

static void a_close_ends_what_runs_and_waits_for_the_end(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    ready(&f);
    struct clnrm_agent_op *op = spawn_with(&f, 0);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    say(&f);
    clnrm_agent_close(f.agent);
    clnrm_agent_close(f.agent);
    assert_int_equal(clnrm_agent_op_info(op).status, CLNRM_EAGENT);
    assert_int_equal(count_heard(&f, CLNRM_FRAME_CLOSE, 0, NULL), 1);
    frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "last words");
    exit_frame(&f, 1, 0, 10, 0);
    frame(&f, CLNRM_FRAME_CLOSED, 0, "u", 2u);
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).state, CLNRM_AGENT_CLOSING);
    close(f.fd);
    f.fd = -1;
    turn(&f);
    struct clnrm_agent_info info = clnrm_agent_info(f.agent);
    assert_int_equal(info.state, CLNRM_AGENT_ENDED);
    assert_int_equal(info.status, 0);
    assert_int_equal(info.killed, 2);
    assert_false(clnrm_agent_op_info(op).has_exit);
    clnrm_agent_op_release(op);
    close_fake(&f);
}

static void limits_hold(void **state)
{
    (void)state;
    struct fake f;
    open_fake(&f);
    struct clnrm_agent_op *op, *ops[CLNRM_AGENT_OPS_MAX];
    assert_int_equal(clnrm_agent_probe(f.agent, &PORT_80, NULL, NULL, NULL, &op), CLNRM_ECLOSED);
    ready(&f);
    for (size_t i = 0; i < CLNRM_AGENT_OPS_MAX; i++)
        assert_int_equal(clnrm_agent_probe(f.agent, &PORT_80, NULL, NULL, NULL, &ops[i]), 0);
    assert_int_equal(clnrm_agent_probe(f.agent, &PORT_80, NULL, NULL, NULL, &op), CLNRM_ELIMIT);
    for (size_t i = 0; i < CLNRM_AGENT_OPS_MAX; i++)
        clnrm_agent_op_release(ops[i]);
    for (int i = 0; i < 1000; i++)
        frame(&f, CLNRM_FRAME_NOTE, 0, "tt", "kind", "what");
    say(&f);
    assert_int_equal(clnrm_agent_info(f.agent).note_count, CLNRM_AGENT_LIST_MAX);
    close_fake(&f);
}

static const struct clnrm_agent_times short_times = {.ready_ms = 30,
                                                     .answer_ms = 30,
                                                     .deadline_ms = 20,
                                                     .close_ms = 30,
                                                     .reap_ms = 30,
                                                     .grace_ms = 20};

static void pause_ms(unsigned ms)
{
    usleep(ms * 1000);
}

/* Lets the loop turn for a while. */
static void wait_ms(struct fake *f, unsigned ms)
{
    for (unsigned i = 0; i < ms; i += 5) {
        pause_ms(5);
        turn(f);
    }
}

static void silence_loses_the_room(void **state)
{
    (void)state;
    struct fake f;
    const struct clnrm_agent_times before = clnrm_agent_times;
    clnrm_agent_times = short_times;
    open_fake(&f);
    wait_ms(&f, 100);
    assert_string_equal(clnrm_agent_info(f.agent).reason, "the room was not ready in time");
    close_fake(&f);
    open_fake(&f);
    ready(&f);
    wait_ms(&f, 100); /* an idle room owes nothing */
    assert_int_equal(clnrm_agent_info(f.agent).status, 0);
    struct clnrm_agent_op *op = spawn_with(&f, 0), *other = spawn_with(&f, 0);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    say(&f);
    for (int i = 0; i < 20; i++) { /* that one talks does not make up for the other */
        frame(&f, CLNRM_FRAME_STDOUT, 1, "t", "x");
        if (clnrm_agent_info(f.agent).status == 0)
            say(&f);
        wait_ms(&f, 5);
    }
    f.out.len = 0;
    assert_string_equal(clnrm_agent_info(f.agent).reason, "the agent did not answer in time");
    assert_int_equal(clnrm_agent_op_info(op).status, CLNRM_EAGENT);
    assert_int_equal(clnrm_agent_op_info(other).status, CLNRM_EAGENT);
    clnrm_agent_op_release(op);
    clnrm_agent_op_release(other);
    close_fake(&f);
    open_fake(&f);
    ready(&f);
    clnrm_agent_close(f.agent);
    wait_ms(&f, 100);
    assert_int_equal(clnrm_agent_info(f.agent).state, CLNRM_AGENT_ENDED);
    assert_string_equal(clnrm_agent_info(f.agent).reason, "the room did not close in time");
    close_fake(&f);
    clnrm_agent_times = before;
}

static void a_deadline_without_an_exit_loses_the_room(void **state)
{
    (void)state;
    struct fake f;
    const struct clnrm_agent_times before = clnrm_agent_times;
    clnrm_agent_times = short_times;
    open_fake(&f);
    ready(&f);
    struct clnrm_slice argv[] = {{"true", 4}};
    const struct clnrm_spawn_spec spec = {
        .argc = 1, .argv = argv, .cwd = {"/", 1}, .deadline_us = 30000, .filter = CLNRM_NO_FILTER};
    struct clnrm_agent_op *op;
    assert_int_equal(clnrm_agent_spawn(f.agent, &spec, NULL, 100, NULL, NULL, &op), 0);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    say(&f);
    assert_int_equal(clnrm_agent_op_info(op).state, CLNRM_OP_RUNNING);
    wait_ms(&f, 150);
    assert_int_equal(clnrm_agent_op_info(op).status, CLNRM_EAGENT);
    clnrm_agent_op_release(op);
    close_fake(&f);
    clnrm_agent_times = before;
}

static void what_came_while_clnrm_was_stopped_counts(void **state)
{
    (void)state;
    struct fake f;
    const struct clnrm_agent_times before = clnrm_agent_times;
    clnrm_agent_times = short_times;
    open_fake(&f);
    frame(&f, CLNRM_FRAME_READY, 0, "uutu", CLNRM_FRAME_VERSION, 4242u, "", 0u);
    assert_int_equal(send(f.fd, f.out.data, f.out.len, 0), f.out.len);
    f.out.len = 0;
    pause_ms(100); /* stopped; the deadline passes with the answer in the socket */
    wait_ms(&f, 50);
    assert_int_equal(clnrm_agent_info(f.agent).state, CLNRM_AGENT_READY);
    struct clnrm_agent_op *op = spawn_with(&f, 0);
    frame(&f, CLNRM_FRAME_STARTED, 1, "u", 7u);
    exit_frame(&f, 1, 0, 0, 0);
    assert_int_equal(send(f.fd, f.out.data, f.out.len, 0), f.out.len);
    f.out.len = 0;
    pause_ms(100);
    wait_ms(&f, 50);
    assert_int_equal(clnrm_agent_op_info(op).status, 0);
    assert_true(clnrm_agent_op_info(op).has_exit);
    clnrm_agent_op_release(op);
    close_fake(&f);
    clnrm_agent_times = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dialogue_goes_through_in_pieces_of_any_size),
        cmocka_unit_test(a_stream_that_ends_early_is_never_success),
        cmocka_unit_test(damaged_frames_end_every_operation),
        cmocka_unit_test(what_must_not_be_said_ends_the_room),
        cmocka_unit_test(output_past_its_credit_ends_the_room),
        cmocka_unit_test(a_command_that_was_not_started_says_why),
        cmocka_unit_test(a_refused_room_says_which_step),
        cmocka_unit_test(credit_is_given_back_and_stdin_keeps_to_its_own),
        cmocka_unit_test(a_release_cancels_and_late_answers_are_dropped),
        cmocka_unit_test(files_go_both_ways),
        cmocka_unit_test(streams_carry_bytes_both_ways_until_both_ends),
        cmocka_unit_test(a_stream_that_breaks_ends_alone),
        cmocka_unit_test(a_close_ends_what_runs_and_waits_for_the_end),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(silence_loses_the_room),
        cmocka_unit_test(a_deadline_without_an_exit_loses_the_room),
        cmocka_unit_test(what_came_while_clnrm_was_stopped_counts),
    };
    return cmocka_run_group_tests_name("agent_client", tests, NULL, NULL);
}
