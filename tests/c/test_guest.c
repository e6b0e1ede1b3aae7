/* test_guest.c -- an agent in a room that others made: what it does there, and what it says it cannot. */
#include "guest_harness.h"

#include <netinet/in.h>

static void runs_commands(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    char out[256];
    (void)state;
    open_guest(&room);
    assert_int_equal(run_in_guest(&room, "echo hi; echo err >&2; exit 5", out, sizeof(out)), 5);
    assert_string_equal(out, "hi\n");
    assert_int_equal(run_in_guest(&room, "kill -9 $$", out, sizeof(out)), 137);
    assert_int_equal(run_in_guest(&room, "pwd; umask; env | grep SECRET", out, sizeof(out)), 1);
    assert_string_equal(out, "/\n0022\n");
    assert_int_equal(run_in_guest(&room, "ls /proc/self/fd | wc -l", out, sizeof(out)), 0);
    if (!guest.no_proc)
        assert_string_equal(out, "4\n"); /* 0, 1, 2 and the list itself */
    guest_shell(&c, "cat; sleep 50");
    c.spec.flags = CLNRM_SPAWN_STDIN;
    c.spec.deadline_us = 200000;
    send_spawn(&room, &c.spec, 1);
    send_text(&room, CLNRM_FRAME_STDIN, 1, "fed", 3);
    send_text(&room, CLNRM_FRAME_STDIN, 1, "", 0);
    o = (struct outcome){0};
    await(&room, 1, &o);
    assert_string_equal(text_of(&o.out), "fed");
    assert_int_equal(o.exit.timed_out, 1);
    assert_int_equal(o.exit.kind, CLNRM_SIGNALLED);
    free_outcome(&o);
    guest_shell(&c, "");
    c.argv[0] = clnrm_slice_of("no-such-command");
    run_command(&room, &c, &o);
    assert_int_equal(o.error, ENOENT);
    assert_string_equal(o.stage, "exec");
    free_outcome(&o);
    guest_shell(&c, "head -c 3000000 /dev/zero");
    run_command(&room, &c, &o);
    assert_int_equal(o.out.len, 3000000);
    assert_true(o.exit.max_rss_kb > 0);
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
}

static void says_what_it_found(void **state)
{
    struct room room;
    char wanted[128];
    (void)state;
    open_guest(&room);
    assert_int_equal(room.pid, 0);
    snprintf(wanted, sizeof(wanted), "ids: uid %u, gid %u\n", guest.uid, guest.uid);
    assert_non_null(strstr(room.report, wanted));
    assert_non_null(strstr(room.report, "room: made by others\n"));
    assert_non_null(strstr(room.report, guest.first ? "process: 1: the first\n" : ": beside the "));
    if (guest.uid || guest.no_caps)
        assert_non_null(strstr(room.report, "capabilities: 0000000000000000\n"));
    assert_non_null(
        strstr(room.report, guest.no_new_calls ? "no_new_privs: yes\n" : "no_new_privs: no\n"));
    assert_non_null(
        strstr(room.report, guest.no_new_calls ? "seccomp: a filter\n" : "seccomp: none\n"));
    assert_non_null(strstr(room.report, "cgroup: "));
    assert_non_null(strstr(room.report, "proc: the room's own\n"));
    close_plain(&room);
}

/* ---- what a room of others has not ---- */

static void expect_refused(struct room *room, struct command *c, const char *stage)
{
    struct outcome o;
    run_command(room, c, &o);
    assert_true(o.done && !o.started);
    assert_int_equal(o.error, EOPNOTSUPP);
    assert_string_equal(o.stage, stage);
    free_outcome(&o);
}

static void says_what_it_has_not(void **state)
{
    struct clnrm_room_op op = {OP(CLNRM_OP_TMPFS, "", "/tmp"), .mode = 01777, .size = 1 << 20,
                               .inodes = 10};
    struct room room;
    struct command c;
    struct answer a;
    struct clnrm_buf b = {.max = 4096};
    (void)state;
    open_guest(&room);
    assert_int_equal(clnrm_view_spec_write(1, &op, 1, &b), 0);
    send_buf(&room, &b);
    await_answer(&room, 1, &a);
    assert_int_equal(a.error, EOPNOTSUPP);
    assert_string_equal(a.stage, "view");
    send_empty(&room, CLNRM_FRAME_NET, 2);
    await_answer(&room, 2, &a);
    assert_int_equal(a.error, EOPNOTSUPP);
    assert_string_equal(a.stage, "net");
    guest_shell(&c, "true")->spec.view = 7;
    expect_refused(&room, &c, "view");
    guest_shell(&c, "true")->spec.net = 7;
    expect_refused(&room, &c, "net");
    guest_shell(&c, "true")->spec.op_count = 1;
    c.spec.ops = &op;
    expect_refused(&room, &c, "view");
    guest_shell(&c, "true")->spec.hostname = clnrm_slice_of("other");
    expect_refused(&room, &c, "hostname");
    send_stat(&room, 3, 4, "/");
    await_answer(&room, 4, &a);
    assert_int_equal(a.error, EBADF);
    assert_int_equal(close_plain(&room), 0);
}

static void a_filter_goes_with_no_new_privileges(void **state)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct clnrm_buf b = {.max = 8192};
    struct clnrm_frame_writer w;
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_guest(&room);
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_FILTER, 0);
    clnrm_frame_put_u32(&w, 2);
    clnrm_frame_put_u8(&w, 1);
    clnrm_frame_put_text(&w, program, sizeof(program));
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(&room, &b);
    guest_shell(&c, "grep -c 'NoNewPrivs:.1' /proc/self/status; exec mkdir /tmp/clnrm-x")
        ->spec.filter = 2;
    run_command(&room, &c, &o);
    assert_string_equal(text_of(&o.out), "1\n");
    assert_non_null(strstr(text_of(&o.err), "cross-device"));
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
}

/* ---- users ---- */

static void run_as(struct room *room, const char *name, struct outcome *o)
{
    struct command c;
    guest_shell(&c, "echo $(id -u) $(id -g) $(id -G); grep CapEff /proc/self/status | cut -f2");
    c.spec.user = (struct clnrm_user){.kind = CLNRM_USER_NAME, .name = clnrm_slice_of(name)};
    run_command(room, &c, o);
}

static void expect_user(struct room *room, const char *name, const char *wanted)
{
    struct outcome o;
    run_as(room, name, &o);
    if (o.done)
        fail_msg("%s: %s: %s", name, o.stage, o.what);
    assert_string_equal(text_of(&o.out), wanted);
    free_outcome(&o);
}

static void expect_no_user(struct room *room, const char *name, int error)
{
    struct outcome o;
    run_as(room, name, &o);
    assert_true(o.done);
    assert_string_equal(o.stage, "user");
    assert_int_equal(o.error, error);
    free_outcome(&o);
}

#define NONE "\n0000000000000000\n"

static void runs_as_another_user(void **state)
{
    uint32_t groups[] = {5, 7};
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_guest(&room);
    expect_user(&room, "daemon", "1 1 1" NONE);
    expect_user(&room, "daemon:tty", "1 5 5" NONE);
    expect_user(&room, "1000:1000", "1000 1000 1000" NONE);
    expect_user(&room, "77777", "77777 0 0" NONE);
    expect_user(&room, "1:77777", "1 77777 77777" NONE);
    expect_user(&room, "nobody", "65534 65534 65534" NONE);
    expect_no_user(&room, "no-such-user", ENOENT);
    expect_no_user(&room, "daemon:no-such-group", ENOENT);
    expect_no_user(&room, "4294967295", ENOENT); /* the name of nobody, and no number */
    expect_no_user(&room, ":tty", EINVAL);
    expect_no_user(&room, "daemon:", EINVAL);
    expect_no_user(&room, "a:b:c", EINVAL);
    expect_no_user(&room, "daemon\nx", EINVAL);
    guest_shell(&c, "echo $(id -u) $(id -g) $(id -G); echo > /tmp/clnrm-guest-user; "
                    "stat -c %u:%g /tmp/clnrm-guest-user; rm /tmp/clnrm-guest-user");
    c.spec.user = (struct clnrm_user){
        .kind = CLNRM_USER_IDS, .uid = 33, .gid = 34, .group_count = 2, .groups = groups};
    run_command(&room, &c, &o);
    assert_string_equal(text_of(&o.out), "33 34 34 5 7\n33:34\n");
    free_outcome(&o);
    guest_shell(&c, "sleep 60 & setsid sleep 61 & sleep 62"); /* all of it can be ended */
    c.spec.user = (struct clnrm_user){.kind = CLNRM_USER_NAME, .name = clnrm_slice_of("nobody")};
    c.spec.deadline_us = 100000;
    run_command(&room, &c, &o);
    assert_int_equal(o.exit.timed_out, 1);
    assert_true(o.exit.leaked > 0); /* who left the group */
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
}

static void says_whom_it_cannot_become(void **state)
{
    struct room room;
    (void)state;
    open_guest(&room);
    if (guest.uid)
        expect_user(&room, "1000:1000", "1000 1000 1000" NONE);
    expect_no_user(&room, "daemon", EPERM);
    if (guest.uid)
        expect_no_user(&room, "0", EPERM);
    expect_no_user(&room, "no-such-user", ENOENT);
    assert_int_equal(close_plain(&room), 0);
}

WAY(without_kill, guest.without = UINT64_C(1) << 5)
WAY(without_setuid, guest.without = UINT64_C(1) << 7)
WAY(without_setgid, guest.without = UINT64_C(1) << 6)

static void a_room_of_its_own_has_one_user(void **state)
{
    struct room room;
    struct outcome o;
    (void)state;
    open_plain(&room);
    run_as(&room, "nobody", &o);
    assert_true(o.done);
    assert_string_equal(o.stage, "user");
    assert_int_equal(o.error, ENOENT);
    free_outcome(&o);
    run_as(&room, "0:0", &o);
    assert_int_equal(o.error, EPERM);
    free_outcome(&o);
    close_plain(&room);
}

/* ---- files and ports ---- */

static void moves_files(void **state)
{
    struct room room;
    struct answer a;
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    char path[128], out[64];
    (void)state;
    open_guest(&room);
    assert_int_equal(run_in_guest(&room, "mktemp -d", path, 40), 0);
    path[strcspn(path, "\n")] = '\0';
    char *end = path + strlen(path);
    snprintf(end, 32, "/a/b");
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_PUT, 1);
    clnrm_frame_put_u32(&w, 0);
    clnrm_frame_put_text(&w, path, strlen(path));
    clnrm_frame_put_u32(&w, 0640);
    clnrm_frame_put_u64(&w, 5);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(&room, &b);
    send_text(&room, CLNRM_FRAME_DATA, 1, "hello", 5);
    await_answer(&room, 1, &a);
    assert_int_equal(a.error, 0);
    send_stat(&room, 0, 2, path);
    await_answer(&room, 2, &a);
    assert_int_equal(a.kind, 'f');
    assert_int_equal(a.mode, 0640);
    assert_int_equal(a.size, 5);
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_GET, 3);
    clnrm_frame_put_u32(&w, 0);
    clnrm_frame_put_text(&w, path, strlen(path));
    clnrm_frame_put_u64(&w, 100);
    clnrm_frame_put_u32(&w, 100);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(&room, &b);
    await_answer(&room, 3, &a);
    assert_string_equal(text_of(&a.data), "hello");
    clnrm_buf_free(&a.data);
    *end = '\0';
    char script[160];
    snprintf(script, sizeof(script), "rm -r %s", path);
    assert_int_equal(run_in_guest(&room, script, out, sizeof(out)), 0);
    assert_int_equal(close_plain(&room), 0);
}

static void carries_connections(void **state)
{
    struct clnrm_address at = {.ip = 0x7f000001, .port = 41917},
                         to = {.ip = 0x7f000001, .port = 41918};
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    struct clnrm_frame f;
    struct room room;
    struct answer a;
    uint32_t accepted = 0;
    bool echoed = false;
    (void)state;
    open_guest(&room);
    send_address(&room, CLNRM_FRAME_PROBE, 1, &at);
    await_answer(&room, 1, &a);
    assert_int_equal(a.error, ECONNREFUSED);
    send_address(&room, CLNRM_FRAME_RELAY, 2, &at);
    await_answer(&room, 2, &a);
    assert_int_equal(a.error, 0);
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_BRIDGE, 3);
    clnrm_address_put(&w, &to);
    clnrm_address_put(&w, &at);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(&room, &b);
    await_answer(&room, 3, &a);
    assert_int_equal(a.error, 0);
    send_address(&room, CLNRM_FRAME_DIAL, 4, &to);
    while (!echoed) {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_ACCEPT)
            accepted = f.id;
        else if (f.type == CLNRM_FRAME_DONE)
            send_text(&room, CLNRM_FRAME_DATA, 4, "ping", 4);
        else if (f.type == CLNRM_FRAME_DATA && f.id == accepted)
            send_text(&room, CLNRM_FRAME_DATA, accepted, "pong", 4);
        else if (f.type == CLNRM_FRAME_DATA && f.id == 4)
            echoed = clnrm_slice_equal(clnrm_frame_get_text(&r), clnrm_slice_of("pong"));
    }
    assert_int_equal(close_plain(&room), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ALL(runs_commands),
        IN_ALL(says_what_it_found),
        IN_BOTH(says_what_it_has_not),
        IN_BOTH(a_filter_goes_with_no_new_privileges),
        IN(runs_as_another_user, beside),
        IN(runs_as_another_user, first),
        IN(runs_as_another_user, first_on_old_kernel),
        IN(says_whom_it_cannot_become, beside_as_user),
        IN(says_whom_it_cannot_become, first_without_rights),
        IN(says_whom_it_cannot_become, without_kill),
        IN(says_whom_it_cannot_become, without_setuid),
        IN(says_whom_it_cannot_become, without_setgid),
        HERE(a_room_of_its_own_has_one_user),
        IN_ALL(moves_files),
        IN_BOTH(carries_connections),
    };
    return cmocka_run_group_tests_name("guests", tests, NULL, NULL);
}
