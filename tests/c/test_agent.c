/* test_agent.c -- commands in a room of the real agent: output, input, ends, limits. */
#include "agent_harness.h"

#include <sys/resource.h>

static void runs_a_command_and_says_how_it_ended(void **state)
{
    struct room room;
    char out[256];
    (void)state;
    open_plain(&room);
    assert_int_equal(run_shell(&room, "id -u; hostname; pwd; exit 7", out, sizeof(out)), 7);
    assert_string_equal(out, "1000\nroom\n/room\n");
    assert_int_equal(close_plain(&room), 0);
}

static void passes_only_the_given_environment(void **state)
{
    struct room room;
    char out[256];
    (void)state;
    open_plain(&room);
    assert_int_equal(run_shell(&room, "/usr/bin/env | grep -v -e ^PWD= -e ^_=", out, sizeof(out)),
                     0);
    assert_string_equal(out, "PATH=/usr/bin:/bin:/usr/sbin\n");
    close_plain(&room);
}

static void expect_not_started(struct room *room, struct command *c, int error, const char *stage,
                               const char *what)
{
    struct outcome o;
    run_command(room, c, &o);
    assert_true(o.done && !o.started);
    assert_int_equal(o.error, error);
    assert_string_equal(o.stage, stage);
    if (what)
        assert_string_equal(o.what, what);
}

static void says_why_a_command_cannot_be_started(void **state)
{
    struct room room;
    struct command c;
    char out[64];
    (void)state;
    open_plain(&room);
    assert_int_equal(
        run_shell(
            &room,
            "echo text > /room/text; chmod +x /room/text; echo > /room/no; mkdir -m 0 /room/shut",
            out, sizeof(out)),
        0);
    shell(&c, "true");
    c.argv[0] = clnrm_slice_of("no-such-command");
    expect_not_started(&room, &c, ENOENT, "exec", "no-such-command");
    c.argv[0] = clnrm_slice_of("/no/such");
    expect_not_started(&room, &c, ENOENT, "exec", "/no/such");
    c.argv[0] = clnrm_slice_of("/room");
    expect_not_started(&room, &c, EACCES, "exec", "/room");
    c.argv[0] = clnrm_slice_of("./no");
    expect_not_started(&room, &c, EACCES, "exec", "./no");
    c.argv[0] = clnrm_slice_of("./text");
    expect_not_started(&room, &c, ENOEXEC, "exec", "./text");
    c.argv[0] = clnrm_slice_of("");
    expect_not_started(&room, &c, ENOENT, "exec", "");
    c.argv[0] = (struct clnrm_slice){"s\0h", 3};
    expect_not_started(&room, &c, EINVAL, "exec", NULL);
    shell(&c, "true");
    c.spec.cwd = clnrm_slice_of("/nowhere");
    expect_not_started(&room, &c, ENOENT, "chdir", "/nowhere");
    shell(&c, "true"); /* not with the agent's rights, and none of its descriptors is there */
    c.spec.cwd = clnrm_slice_of("/room/shut");
    expect_not_started(&room, &c, EACCES, "chdir", "/room/shut");
    for (int fd = 3; fd < 20; fd++) {
        char path[32];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        c.spec.cwd = clnrm_slice_of(path);
        expect_not_started(&room, &c, ENOENT, "chdir", path);
    }
    shell(&c, "true");
    c.spec.filter = 3;
    expect_not_started(&room, &c, ENOENT, "filter", NULL);
    shell(&c, "true");
    c.env[0] = clnrm_slice_of("NOPATH=/usr/bin");
    expect_not_started(&room, &c, ENOENT, "exec", "sh");
    assert_int_equal(close_plain(&room), 0);
}

static void keeps_stdout_and_stderr_apart_and_counts_both(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    shell(&c, "echo out; echo error >&2; printf 'a\\000b'");
    run_command(&room, &c, &o);
    assert_int_equal(o.out.len, 7);
    assert_memory_equal(o.out.data, "out\na\0b", 7);
    assert_string_equal(text_of(&o.err), "error\n");
    assert_int_equal(o.exit.stdout_bytes, 7);
    assert_int_equal(o.exit.stderr_bytes, 6);
    free_outcome(&o);
    shell(&c, "echo 1; echo 2 >&2; echo 3");
    c.spec.flags = CLNRM_SPAWN_MERGE;
    run_command(&room, &c, &o);
    assert_string_equal(text_of(&o.out), "1\n2\n3\n");
    assert_int_equal(o.exit.stdout_bytes, 6);
    assert_int_equal(o.exit.stderr_bytes, 0);
    free_outcome(&o);
    close_plain(&room);
}

static void reports_the_signal_that_ended_a_command(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    run_command(&room, shell(&c, "kill -9 $$; exit 0"), &o);
    assert_int_equal(o.exit.kind, CLNRM_SIGNALLED);
    assert_int_equal(o.exit.value, SIGKILL);
    assert_int_equal(o.exit.timed_out, 0);
    close_plain(&room);
}

/* Sends `len` bytes as STDIN within the credit and collects the answer. */
static void feed(struct room *room, uint32_t id, size_t len, struct outcome *o)
{
    char chunk[32 * 1024];
    struct clnrm_frame f;
    size_t sent = 0, credit = CLNRM_FRAME_WINDOW;
    bool ended = false;
    o->out.max = o->err.max = 8 << 20;
    for (;;) {
        while (sent < len && credit >= sizeof(chunk)) {
            for (size_t i = 0; i < sizeof(chunk); i++)
                chunk[i] = (char)((sent + i) * 7);
            send_text(room, CLNRM_FRAME_STDIN, id, chunk, sizeof(chunk));
            sent += sizeof(chunk), credit -= sizeof(chunk);
        }
        if (sent == len && !ended) {
            send_text(room, CLNRM_FRAME_STDIN, id, "", 0);
            ended = true;
        }
        assert_true(next_frame(room, &f, PATIENCE_MS));
        if (f.type == CLNRM_FRAME_CREDIT) {
            struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
            credit += clnrm_frame_get_u32(&r);
        } else if (take_frame(room, &f, o)) {
            return;
        }
    }
}

static void feeds_stdin_within_its_credit(void **state)
{
    enum { SIZE = 2 << 20 };
    struct room room;
    struct command c;
    struct outcome o = {0};
    (void)state;
    open_plain(&room);
    shell(&c, "sleep 0.1; cat");
    c.spec.flags = CLNRM_SPAWN_STDIN;
    send_spawn(&room, &c.spec, 1);
    feed(&room, 1, SIZE, &o);
    assert_int_equal(o.out.len, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        assert_true(o.out.data[i] == (char)(i * 7));
    free_outcome(&o);
    o = (struct outcome){0}; /* a command that does not read it is no trouble */
    shell(&c, "exec 0<&-; sleep 0.1; echo done");
    c.spec.flags = CLNRM_SPAWN_STDIN;
    send_spawn(&room, &c.spec, 2);
    feed(&room, 2, SIZE / 2, &o);
    assert_string_equal(text_of(&o.out), "done\n");
    assert_int_equal(o.exit.value, 0);
    free_outcome(&o);
    close_plain(&room);
}

static void gives_no_stdin_unless_asked(void **state)
{
    struct room room;
    char out[64];
    (void)state;
    open_plain(&room);
    assert_int_equal(run_shell(&room, "readlink /proc/self/fd/0; wc -c", out, sizeof(out)), 0);
    assert_string_equal(out, "/dev/null\n0\n");
    close_plain(&room);
}

static long memory_kb(pid_t pid, const char *what)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f))
        if (strncmp(line, what, strlen(what)) == 0)
            kb = atol(line + strlen(what) + 1);
    fclose(f);
    return kb;
}

/* Counts the bytes of operation `id` until `limit` is reached or it ends.  Grants no credit. */
static uint64_t count_bytes(struct room *room, uint32_t id, uint64_t limit, struct outcome *o)
{
    struct clnrm_frame f;
    uint64_t got = 0;
    while (got < limit) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        assert_int_equal(f.id, id);
        if (f.type == CLNRM_FRAME_STDOUT)
            got += f.payload.len - 4;
        else if (take_frame(room, &f, o))
            break;
    }
    return got;
}

static void stops_at_the_credit(void **state)
{
    enum { CREDIT = 100 * 1000 };
    struct room room;
    struct command c;
    struct outcome o = {0};
    (void)state;
    open_plain(&room);
    shell(&c, "exec yes");
    c.spec.credit = CREDIT;
    send_spawn(&room, &c.spec, 1);
    assert_int_equal(count_bytes(&room, 1, CREDIT, &o), CREDIT);
    struct pollfd p = {.fd = room.fd, .events = POLLIN};
    long before = memory_kb(room.pid, "VmRSS:");
    assert_int_equal(poll(&p, 1, 200), 0); /* not a byte more */
    assert_int_equal(memory_kb(room.pid, "VmRSS:"), before);
    send_u32(&room, CLNRM_FRAME_CREDIT, 1, 5);
    assert_int_equal(count_bytes(&room, 1, 5, &o), 5);
    send_empty(&room, CLNRM_FRAME_CANCEL, 1);
    assert_int_equal(count_bytes(&room, 1, UINT64_MAX, &o), 0);
    assert_int_equal(o.exit.kind, CLNRM_SIGNALLED);
    assert_true(o.exit.stdout_bytes > CREDIT + 5); /* what lay in the pipe counts too */
    close_plain(&room);
}

static void does_not_hoard_what_the_host_does_not_read(void **state)
{
    struct room room;
    struct command c;
    (void)state;
    open_plain(&room);
    shell(&c, "exec yes");
    c.spec.credit = 1u << 30;
    send_spawn(&room, &c.spec, 1);
    usleep(300 * 1000);
    assert_in_range(memory_kb(room.pid, "VmHWM:"), 1, 4096);
    end_room(&room);
}

static void ends_without_credit_when_there_is_nothing_to_send(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    shell(&c, "exit 3");
    c.spec.credit = 0;
    run_command(&room, &c, &o);
    assert_int_equal(o.exit.value, 3);
    close_plain(&room);
}

static void streams_a_gigabyte_in_flat_memory(void **state)
{
    const uint64_t size = UINT64_C(1) << 30;
    struct room room;
    struct command c;
    struct clnrm_frame f;
    struct outcome o = {0};
    uint64_t got = 0, owed = 0;
    (void)state;
    open_plain(&room);
    shell(&c, "exec head -c 1073741824 /dev/zero");
    send_spawn(&room, &c.spec, 1);
    for (bool last = false; !last;) {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        if (f.type == CLNRM_FRAME_STDOUT) {
            got += f.payload.len - 4;
            owed += f.payload.len - 4;
        } else {
            last = take_frame(&room, &f, &o);
        }
        if (owed > 256 * 1024) {
            send_u32(&room, CLNRM_FRAME_CREDIT, 1, (uint32_t)owed);
            owed = 0;
        }
    }
    assert_true(got == size);
    assert_true(o.exit.stdout_bytes == size);
    assert_true(memory_kb(room.pid, "VmHWM:") < 4096);
    close_plain(&room);
}

static void signals_the_group_of_a_command(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    (void)state;
    open_plain(&room);
    shell(&c, "trap 'wait; echo term; exit 5' TERM; sh -c 'echo up; exec sleep 60' & wait");
    send_spawn(&room, &c.spec, 1);
    assert_int_equal(count_bytes(&room, 1, 3, &o), 3);
    send_u32(&room, CLNRM_FRAME_SIGNAL, 1, SIGTERM);
    await(&room, 1, &o);
    assert_string_equal(text_of(&o.out), "term\n");
    assert_int_equal(o.exit.value, 5);
    assert_int_equal(o.exit.leaked, 0); /* sleep was in the group and got it too */
    free_outcome(&o);
    close_plain(&room);
}

static void kills_everything_at_the_deadline(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    shell(&c, "trap '' TERM INT; (setsid sleep 61 &) ; sleep 62 & sleep 63");
    c.spec.deadline_us = 150 * 1000;
    uint64_t before = now_us();
    run_command(&room, &c, &o);
    uint64_t took = now_us() - before;
    assert_int_equal(o.exit.timed_out, 1);
    assert_int_equal(o.exit.kind, CLNRM_SIGNALLED);
    assert_int_equal(o.exit.value, SIGKILL);
    assert_true(o.exit.duration_us >= 150 * 1000 && took < 2000 * 1000);
    assert_int_equal(close_plain(&room), 0); /* nothing was left to kill */
    open_plain(&room);
    shell(&c, "exit 0"); /* one that keeps its deadline is not touched by it */
    c.spec.deadline_us = 10 * 1000 * 1000;
    run_command(&room, &c, &o);
    assert_int_equal(o.exit.timed_out, 0);
    assert_int_equal(o.exit.kind, CLNRM_EXITED);
    close_plain(&room);
}

static void measures_time_and_memory(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    run_command(&room, shell(&c, "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done; sleep 0.1"),
                &o);
    assert_true(o.exit.user_us > 20 * 1000);
    assert_true(o.exit.duration_us > o.exit.user_us + 90 * 1000);
    assert_in_range(o.exit.max_rss_kb, 500, 200 * 1000);
    close_plain(&room);
}

static void lowers_limits_and_never_raises_them(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    struct clnrm_limit limits[] = {{RLIMIT_NOFILE, 40},
                                   {RLIMIT_CORE, 0},
                                   {RLIMIT_STACK, UINT64_MAX},
                                   {RLIMIT_NOFILE, 1 << 20}};
    (void)state;
    open_plain(&room);
    shell(&c, "ulimit -Hn; ulimit -n; ulimit -c");
    c.spec.limits = limits;
    c.spec.limit_count = LEN(limits);
    run_command(&room, &c, &o);
    assert_string_equal(text_of(&o.out), "40\n40\n0\n");
    free_outcome(&o);
    shell(&c, "true");
    limits[0].resource = 99;
    c.spec.limits = limits;
    c.spec.limit_count = 1;
    expect_not_started(&room, &c, EINVAL, "limits", "resource 99");
    close_plain(&room);
}

static void send_filter(struct room *room, uint32_t slot, const void *data, size_t len, size_t part)
{
    for (size_t at = 0; at < len; at += part) {
        struct clnrm_buf b = {.max = 1 << 20};
        struct clnrm_frame_writer w;
        size_t size = len - at < part ? len - at : part;
        clnrm_frame_begin(&w, &b, CLNRM_FRAME_FILTER, 0);
        clnrm_frame_put_u32(&w, slot);
        clnrm_frame_put_u8(&w, at + size == len);
        clnrm_frame_put_text(&w, (const char *)data + at, size);
        assert_int_equal(clnrm_frame_end(&w), 0);
        send_buf(room, &b);
    }
}

static void runs_a_command_under_its_filter(void **state)
{
    struct sock_filter no_mkdir[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOANO),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_filter wrong[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0xfff0)};
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    send_filter(&room, 2, no_mkdir, sizeof(no_mkdir), 5);
    send_filter(&room, 7, wrong, sizeof(wrong), sizeof(wrong));
    shell(&c, "mkdir /tmp/x; grep -E '^Seccomp:' /proc/self/status");
    c.spec.filter = 2;
    run_command(&room, &c, &o);
    assert_non_null(strstr(text_of(&o.err), "No anode"));
    assert_string_equal(text_of(&o.out), "Seccomp:\t2\n");
    free_outcome(&o);
    run_command(&room, shell(&c, "mkdir /tmp/x; grep -E '^Seccomp:' /proc/self/status"), &o);
    assert_string_equal(text_of(&o.out), "Seccomp:\t0\n"); /* the agent itself has none */
    free_outcome(&o);
    shell(&c, "true");
    c.spec.filter = 7;
    expect_not_started(&room, &c, EINVAL, "filter", "seccomp");
    close_plain(&room);
}

static void runs_many_at_once(void **state)
{
    enum { COUNT = 60 };
    struct room room;
    struct clnrm_frame f;
    struct outcome o[COUNT] = {0};
    int left = COUNT;
    (void)state;
    open_plain(&room);
    for (int i = 0; i < COUNT; i++) {
        struct command c;
        char script[64];
        snprintf(script, sizeof(script), "read x; echo $x %d; exit %d", i, i);
        shell(&c, script);
        c.spec.flags = CLNRM_SPAWN_STDIN;
        send_spawn(&room, &c.spec, (uint32_t)i + 1);
        o[i].out.max = o[i].err.max = 4096;
    }
    for (int i = 0; i < COUNT; i++)
        send_text(&room, CLNRM_FRAME_STDIN, (uint32_t)i + 1, "word\n", 5);
    while (left > 0) {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        assert_in_range(f.id, 1, COUNT);
        left -= take_frame(&room, &f, &o[f.id - 1]);
    }
    for (int i = 0; i < COUNT; i++) {
        char want[32];
        snprintf(want, sizeof(want), "word %d\n", i);
        assert_string_equal(text_of(&o[i].out), want);
        assert_int_equal(o[i].exit.value, i);
        assert_int_equal(o[i].exit.leaked, 0);
        free_outcome(&o[i]);
    }
    assert_int_equal(close_plain(&room), 0);
}

static void says_when_there_are_too_many(void **state)
{
    struct room room;
    struct clnrm_frame f;
    struct command c;
    int refused = 0;
    (void)state;
    open_plain(&room);
    shell(&c, "");
    c.argv[0] = clnrm_slice_of("sleep");
    c.argv[1] = clnrm_slice_of("100");
    c.spec.argc = 2;
    for (uint32_t i = 1; i <= 520; i++) {
        struct outcome o = {0};
        send_spawn(&room, &c.spec, i);
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        refused += take_frame(&room, &f, &o);
        if (o.done)
            assert_string_equal(o.stage, "limit");
    }
    assert_int_equal(refused, 8);
    assert_int_equal(close_plain(&room), 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(runs_a_command_and_says_how_it_ended),
        HERE(passes_only_the_given_environment),
        HERE(says_why_a_command_cannot_be_started),
        HERE(keeps_stdout_and_stderr_apart_and_counts_both),
        HERE(reports_the_signal_that_ended_a_command),
        HERE(feeds_stdin_within_its_credit),
        HERE(gives_no_stdin_unless_asked),
        HERE(stops_at_the_credit),
        HERE(does_not_hoard_what_the_host_does_not_read),
        HERE(ends_without_credit_when_there_is_nothing_to_send),
        HERE(streams_a_gigabyte_in_flat_memory),
        HERE(signals_the_group_of_a_command),
        BOTH(kills_everything_at_the_deadline),
        HERE(measures_time_and_memory),
        BOTH(lowers_limits_and_never_raises_them),
        BOTH(runs_a_command_under_its_filter),
        HERE(runs_many_at_once),
        HERE(says_when_there_are_too_many),
    };
    return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
