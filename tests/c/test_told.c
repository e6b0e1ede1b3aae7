/* test_told.c -- what stands in for a program waits until the report of it is out of the agent. */
#include "guest_harness.h"

#include "base/guard.h"

#include <sys/resource.h>

enum { PROGRAMS = 40 };

static void send_guard(struct room *room)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_slice command = clnrm_slice_of("curl");
    const struct clnrm_guard_spec spec = {.command_count = 1, .commands = &command};
    assert_int_equal(clnrm_guard_spec_write(&spec, &b), 0);
    send_buf(room, &b);
}

/* Opens a guest that guards; its place stays. */
static void open_guarding(struct room *room, struct place *p)
{
    char half[33] = "";
    memcpy(half, KEY, 32);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one); /* of the agent and the programs as well: */
    make_place(p);
    start_guest(room, p);
    setpriority(PRIO_PROCESS, (id_t)room->launcher, 19); /* who is woken goes first */
    connect_guest(room, p);
    send_join(room, half);
    assert_true(read_ready(room));
    send_guard(room);
}

/* Does what such a program does, in a process of its own, and returns when that has ended. */
static void tell(const char *path)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int fd;
        for (int i = 0; (fd = try_connect(path)) < 0; i++)
            if (i == PATIENCE_MS || usleep(1000) < 0)
                _exit(2);
        struct pollfd gone = {.fd = fd, .events = POLLIN};
        _exit(poll(&gone, 1, PATIENCE_MS) == 1 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void is_told_before_the_program_ends(void **state)
{
    struct room room;
    struct place p;
    struct clnrm_frame f;
    struct clnrm_report report;
    char path[80], name[32];
    (void)state;
    open_guarding(&room, &p);
    snprintf(path, sizeof(path), "%s/t", p.dir);
    for (int i = 0; i < PROGRAMS; i++) {
        snprintf(name, sizeof(name), "told-%d", i); /* who runs it: else it is the same attempt */
        prctl(PR_SET_NAME, name);
        tell(path);
        struct pollfd there = {.fd = room.fd, .events = POLLIN};
        if (poll(&there, 1, 0) != 1)
            fail_msg("program %d has ended, and nothing is told of it", i);
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        assert_int_equal(f.type, CLNRM_FRAME_REPORT);
        assert_int_equal(clnrm_report_read(f.payload, &report), 0);
        assert_int_equal(report.kind, CLNRM_REPORT_COMMAND);
        assert_true(clnrm_slice_equal(report.name, clnrm_slice_of(name)));
    }
    assert_int_equal(unlink(path), 0);
    drop_place(&p);
    end_room(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN(is_told_before_the_program_ends, beside),
        IN(is_told_before_the_program_ends, beside_as_user),
    };
    return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
