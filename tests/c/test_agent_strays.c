/* test_agent_strays.c -- what a command leaves behind is found, killed, counted and named. */
#include "agent_harness.h"

#include <dirent.h>

/* Run in the room by this very program: `--probe NAME`. */
static int probe(const char *name)
{
    if (strcmp(name, "swarm") == 0) { /* 40 processes, each in a session of its own */
        for (int i = 0; i < 40; i++)
            if (fork() == 0) {
                setsid();
                if (fork() == 0) {
                    setsid();
                    sleep(1000);
                }
                _exit(0);
            }
        return 0;
    }
    if (strcmp(name, "rabbits") == 0) { /* each makes a new one and dies */
        for (int i = 0; i < 4; i++)
            if (fork() == 0)
                for (;;) {
                    setsid();
                    if (fork() != 0)
                        _exit(0);
                }
        return 0;
    }
    if (strcmp(name, "liar") == 0) { /* a name that looks like the rest of a line of stat */
        if (fork() == 0) {
            setsid();
            prctl(PR_SET_NAME, "a) Z 1 1 1 (b", 0, 0, 0);
            sleep(1000);
        }
        return 0;
    }
    return 9;
}

static const struct clnrm_room_op SELF_OP = {OP(CLNRM_OP_RO, "/proc/self/exe", "/probe")};

/* A plain room with this program at /probe. */
static void open_probing(struct room *room)
{
    struct clnrm_room_op ops[LEN(PLAIN_OPS) + 1];
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    assert_true(n > 0);
    memcpy(ops, PLAIN_OPS, sizeof(PLAIN_OPS));
    ops[LEN(PLAIN_OPS)] = SELF_OP;
    ops[LEN(PLAIN_OPS)].source = (struct clnrm_slice){self, (size_t)n};
    struct clnrm_room_spec spec = plain_spec();
    spec.ops = ops;
    spec.op_count = LEN(ops);
    start_agent(room);
    send_spec(room, &spec);
    if (!read_ready(room))
        fail_msg("refused: %s: %s", room->refused_step, room->refused_what);
}

/* `others`: processes of other commands that may be there. */
static void expect_leaks(struct room *room, struct command *c, uint32_t count, const char *names,
                         long others)
{
    struct outcome o;
    char text[64], *end = text;
    run_command(room, c, &o);
    assert_int_equal(o.exit.kind, CLNRM_EXITED);
    assert_int_equal(o.exit.value, 0);
    assert_int_equal(o.exit.leaked, count);
    if (names)
        assert_string_equal(o.names, names);
    free_outcome(&o);
    /* whatever it was, nothing of it is there now */
    assert_int_equal(run_shell(room,
                               "ls -d /proc/[0-9]* | grep -v -w -e /proc/1 -e /proc/$$ | wc -l",
                               text, sizeof(text)),
                     0);
    assert_true(strtol(text, &end, 10) <= others + 3); /* ls, grep, wc themselves */
}

static void a_command_that_leaves_nothing_has_no_leaks(void **state)
{
    struct room room;
    struct command c;
    (void)state;
    open_plain(&room);
    expect_leaks(&room, shell(&c, "sleep 0.01 & wait; (true); ls | cat > /dev/null"), 0, "", 0);
    /* a child that outlives its parent, but not the command */
    expect_leaks(&room, shell(&c, "(sleep 0.02 &) ; sleep 0.1"), 0, "", 0);
    assert_int_equal(close_plain(&room), 0);
}

static void kills_and_names_what_is_left(void **state)
{
    struct room room;
    struct command c;
    (void)state;
    open_plain(&room);
    expect_leaks(&room, shell(&c, "sleep 71 & sleep 0.05"), 1, "sleep", 0);
    expect_leaks(&room, shell(&c, "setsid sleep 72 &\n sleep 0.05"), 1, "sleep", 0);
    expect_leaks(&room, shell(&c, "(setsid sleep 73 &) ; sleep 0.05"), 1, "sleep", 0);
    expect_leaks(&room, shell(&c, "nohup sleep 74 > /dev/null 2>&1 & sleep 75 & sleep 0.05"), 2,
                 "sleep,sleep", 0);
    assert_int_equal(close_plain(&room), 0);
}

static void does_not_wait_for_who_holds_stdout(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    uint64_t before = now_us();
    run_command(&room, shell(&c, "(setsid sleep 76 &) ; sleep 77 & echo hi"), &o);
    assert_true(now_us() - before < 2000 * 1000);
    assert_string_equal(text_of(&o.out), "hi\n");
    assert_in_range(o.exit.leaked, 1, 2);
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
}

static void what_ends_soon_after_is_not_left_behind(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    run_command(&room, shell(&c, "(sleep 0.01; echo late) & echo early"), &o);
    assert_string_equal(text_of(&o.out), "early\nlate\n");
    assert_int_equal(o.exit.leaked, 0);
    free_outcome(&o);
    close_plain(&room);
}

static struct command *probing(struct command *c, const char *name)
{
    shell(c, "");
    c->argv[0] = clnrm_slice_of("/probe");
    c->argv[1] = clnrm_slice_of("--probe");
    c->argv[2] = clnrm_slice_of(name);
    return c;
}

static void finds_a_swarm_of_sessions(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_probing(&room);
    run_command(&room, probing(&c, "swarm"), &o);
    assert_int_equal(o.exit.value, 0);
    assert_in_range(o.exit.leaked, 30, 120); /* those still forking are counted on their way */
    assert_int_equal(close_plain(&room), 0);
}

static void ends_processes_that_breed(void **state)
{
    struct room room;
    struct command c, keeper;
    struct outcome o;
    char out[64];
    (void)state;
    open_probing(&room);
    run_command(&room, probing(&c, "rabbits"), &o);
    assert_int_equal(o.exit.value, 0);
    assert_int_equal(close_plain(&room), 0);
    open_probing(&room); /* with another step alive the whole room cannot be killed at once */
    shell(&keeper, "echo up; sleep 100");
    send_spawn(&room, &keeper.spec, 1);
    run_command(&room, probing(&c, "rabbits"), &o);
    assert_int_equal(o.exit.value, 0);
    assert_int_equal(
        run_shell(&room, "sleep 0.05; pgrep -c sleep; pgrep -c probe", out, sizeof(out)), 1);
    assert_string_equal(out, "1\n0\n");
    assert_int_equal(close_plain(&room), 2);
}

static void is_not_fooled_by_a_name(void **state)
{
    struct room room;
    struct command c;
    (void)state;
    open_probing(&room);
    expect_leaks(&room, probing(&c, "liar"), 1, NULL, 0);
    assert_int_equal(close_plain(&room), 0);
}

static void await_text(struct room *room, uint32_t id, const char *want)
{
    struct outcome o = {.out.max = 4096, .err.max = 4096};
    struct clnrm_frame f;
    while (o.out.len < strlen(want)) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        assert_false(f.id == id && take_frame(room, &f, &o));
    }
    assert_string_equal(text_of(&o.out), want);
    free_outcome(&o);
}

static void leaves_other_commands_alone(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    char out[64];
    (void)state;
    open_plain(&room);
    /* a service with a child that left its session, as daemons do */
    shell(&c, "(setsid sleep 81 &) ; echo up; read x; exit 4");
    c.spec.flags = CLNRM_SPAWN_STDIN;
    send_spawn(&room, &c.spec, 1);
    await_text(&room, 1, "up\n");
    expect_leaks(&room, shell(&c, "(setsid sleep 82 &) ; sleep 0.05"), 1, "sleep", 2);
    assert_int_equal(run_shell(&room, "sleep 0.02; pgrep -c sleep", out, sizeof(out)), 0);
    assert_string_equal(out, "1\n"); /* the service's is still there */
    send_text(&room, CLNRM_FRAME_STDIN, 1, "\n", 1);
    await(&room, 1, &o);
    assert_int_equal(o.exit.value, 4);
    assert_int_equal(o.exit.leaked, 1);
    assert_string_equal(o.names, "sleep");
    assert_int_equal(close_plain(&room), 0);
}

static void keeps_what_a_service_leaves_until_it_is_cancelled(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    char out[64];
    (void)state;
    open_plain(&room);
    shell(&c, "(setsid sh -c 'while :; do echo noise; sleep 0.01; done' &) ; echo up");
    c.spec.flags = CLNRM_SPAWN_KEEP_GROUP;
    send_spawn(&room, &c.spec, 1);
    await(&room, 1, &o);
    assert_int_equal(o.exit.value, 0);
    assert_int_equal(o.exit.leaked, 0);
    free_outcome(&o);
    expect_leaks(&room, shell(&c, "sleep 83 & sleep 0.05"), 1, "sleep", 2);
    assert_int_equal(run_shell(&room, "sleep 0.1; pgrep -fc noise", out, sizeof(out)), 0);
    o = (struct outcome){0};
    send_empty(&room, CLNRM_FRAME_CANCEL, 1);
    await(&room, 1, &o);
    assert_true(o.done);
    assert_int_equal(o.error, 0);
    assert_string_equal(o.stage, "cancel");
    assert_int_equal(run_shell(&room, "pgrep -fc 'echo nois[e]'", out, sizeof(out)), 1);
    assert_string_equal(out, "0\n");
    assert_int_equal(close_plain(&room), 0);
}

static void a_cancelled_service_is_gone_with_all_of_it(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    (void)state;
    open_plain(&room);
    shell(&c, "(setsid sleep 84 &) ; sleep 85 & echo up; sleep 86");
    c.spec.flags = CLNRM_SPAWN_KEEP_GROUP;
    send_spawn(&room, &c.spec, 1);
    await_text(&room, 1, "up\n");
    send_empty(&room, CLNRM_FRAME_CANCEL, 1);
    await(&room, 1, &o);
    assert_int_equal(o.exit.kind, CLNRM_SIGNALLED);
    assert_int_equal(o.exit.value, SIGKILL);
    assert_int_equal(close_plain(&room), 0);
}

static void closing_counts_and_kills_what_is_alive(void **state)
{
    struct room room;
    struct command c;
    (void)state;
    open_plain(&room);
    shell(&c, "sleep 87 & sleep 88 & (setsid sleep 89 &) ; echo up; wait");
    send_spawn(&room, &c.spec, 1);
    await_text(&room, 1, "up\n");
    usleep(50 * 1000);
    assert_int_equal(close_plain(&room), 4);
}

/* Without /proc nobody can be looked up; a command that is alone still leaves nothing. */
static void works_in_a_room_without_proc(void **state)
{
    struct clnrm_room_op ops[LEN(PLAIN_OPS)];
    struct clnrm_room_spec spec = plain_spec();
    struct room room;
    struct command c;
    struct outcome o;
    char out[64];
    (void)state;
    spec.op_count = 0;
    for (size_t i = 0; i < LEN(PLAIN_OPS); i++)
        if (PLAIN_OPS[i].kind != CLNRM_OP_PROC)
            ops[spec.op_count++] = PLAIN_OPS[i];
    spec.ops = ops;
    start_agent(&room);
    send_spec(&room, &spec);
    assert_true(read_ready(&room));
    assert_non_null(strstr(room.report, "proc: none"));
    assert_int_equal(run_shell(&room, "ls -A /proc 2>/dev/null; exit 2", out, sizeof(out)), 2);
    assert_string_equal(out, "");
    run_command(&room, shell(&c, "sleep 90 & (setsid sleep 90 &) ; sleep 0.02; echo hi"), &o);
    assert_string_equal(text_of(&o.out), "hi\n");
    assert_true(o.exit.leaked > 0);
    free_outcome(&o);
    close_plain(&room);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--probe") == 0)
        _exit(probe(argv[2]));
    const struct CMUnitTest tests[] = {
        HERE(a_command_that_leaves_nothing_has_no_leaks),
        BOTH(kills_and_names_what_is_left),
        HERE(does_not_wait_for_who_holds_stdout),
        HERE(what_ends_soon_after_is_not_left_behind),
        BOTH(finds_a_swarm_of_sessions),
        HERE(ends_processes_that_breed),
        HERE(is_not_fooled_by_a_name),
        BOTH(leaves_other_commands_alone),
        BOTH(keeps_what_a_service_leaves_until_it_is_cancelled),
        HERE(a_cancelled_service_is_gone_with_all_of_it),
        HERE(works_in_a_room_without_proc),
        HERE(closing_counts_and_kills_what_is_alive),
    };
    return cmocka_run_group_tests_name("agent strays", tests, NULL, NULL);
}
