/* test_agent.c -- the real agent over a socketpair: its room, its commands, its refusals. */
#include "agent_harness.h"

static void runs_a_command_and_says_how_it_ended(void **state)
{
    struct room room;
    char out[256];
    (void)state;
    open_plain(&room);
    assert_int_equal(run_shell(&room, "id -u; hostname; exit 7", out, sizeof(out)), 7);
    assert_string_equal(out, "1000\nroom\n");
    assert_int_equal(close_plain(&room), 0);
}

static void says_why_a_command_cannot_be_started(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_plain(&room);
    shell(&c, "true");
    c.argv[0] = clnrm_slice_of("no-such-command");
    run_command(&room, &c, &o);
    assert_true(o.done && !o.started);
    assert_int_equal(o.error, ENOENT);
    assert_string_equal(o.stage, "exec");
    assert_string_equal(o.what, "no-such-command");
    shell(&c, "true");
    c.spec.cwd = clnrm_slice_of("/nowhere");
    run_command(&room, &c, &o);
    assert_true(o.done);
    assert_int_equal(o.error, ENOENT);
    assert_string_equal(o.stage, "chdir");
    assert_string_equal(o.what, "/nowhere");
    close_plain(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_a_command_and_says_how_it_ended),
        cmocka_unit_test(says_why_a_command_cannot_be_started),
    };
    return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
