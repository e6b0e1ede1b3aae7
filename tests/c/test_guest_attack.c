/* test_guest_attack.c -- the channel of a guest is not to be forged, and it touches nobody but its own. */
#include "guest_harness.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

/* ---- who may join ---- */

/* Starts a guest, sends `first` (a frame), and expects an end without any READY. */
static void expect_no_entry(struct clnrm_buf *first, const char *step)
{
    struct place p;
    struct room room;
    make_place(&p);
    start_guest(&room, &p);
    connect_guest(&room, &p);
    send_buf(&room, first);
    assert_false(read_ready(&room));
    assert_string_equal(room.refused_step, step);
    int status = end_room(&room);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    drop_place(&p);
}

static struct clnrm_buf join_frame(const char *half, size_t len)
{
    struct clnrm_buf b = {.max = 4096};
    assert_int_equal(clnrm_join_write((struct clnrm_slice){half, len}, &b), 0);
    return b;
}

static void nobody_joins_without_the_key(void **state)
{
    static const struct {
        const char *half;
        size_t len;
    } wrong[] = {{"", 0},
                 {KEY, 31},
                 {KEY, 33},
                 {KEY, 64},
                 {ANSWER, 32},
                 {"0123456789abcdef0123456789abcdee", 32},
                 {"1123456789abcdef0123456789abcdef", 32}};
    struct clnrm_room_spec spec = plain_spec();
    struct clnrm_buf b;
    struct command c;
    (void)state;
    for (size_t i = 0; i < LEN(wrong); i++) {
        b = join_frame(wrong[i].half, wrong[i].len);
        expect_no_entry(&b, "key");
    }
    b = (struct clnrm_buf){.max = 1 << 20};
    assert_int_equal(clnrm_room_spec_write(&spec, &b), 0);
    expect_no_entry(&b, "key");
    assert_int_equal(clnrm_spawn_spec_write(&guest_shell(&c, "true")->spec, 1, &b), 0);
    expect_no_entry(&b, "key");
    b = join_frame(KEY, 32);
    b.data[9] = 1; /* a header that no frame can have */
    expect_no_entry(&b, "key");
    b = join_frame(KEY, 32);
    b.data[4] = 1; /* an id */
    expect_no_entry(&b, "key");
}

static void joins_once(void **state)
{
    struct room room;
    struct clnrm_frame f;
    bool noted = false;
    (void)state;
    open_guest(&room);
    struct clnrm_buf b = join_frame(KEY, 32);
    send_buf(&room, &b);
    while (next_frame(&room, &f, PATIENCE_MS))
        noted |= f.type == CLNRM_FRAME_NOTE;
    assert_true(noted);
    assert_int_equal(WEXITSTATUS(end_room(&room)), 2);
}

static void takes_one_connection(void **state)
{
    struct place p;
    struct room room;
    char half[33] = "", byte;
    (void)state;
    memcpy(half, KEY, 32);
    make_place(&p);
    start_guest(&room, &p);
    connect_guest(&room, &p);
    int second = try_connect(p.socket); /* in the backlog, when it was fast enough */
    send_join(&room, half);
    assert_true(read_ready(&room));
    assert_int_equal(try_connect(p.socket), -ENOENT);
    if (second >= 0) {
        assert_true(read(second, &byte, 1) <= 0);
        close(second);
    }
    assert_int_equal(run_in_guest(&room, "exit 7", half, sizeof(half)), 7);
    assert_int_equal(close_plain(&room), 0);
    drop_place(&p);
}

static void ends_when_nobody_joins(void **state)
{
    struct place p;
    struct room room;
    char byte;
    (void)state;
    guest.seconds = "1";
    make_place(&p);
    start_guest(&room, &p); /* nobody connects */
    assert_int_equal(WEXITSTATUS(reap_room(&room)), 1);
    assert_int_equal(try_connect(p.socket), -ENOENT);
    drop_place(&p);
    make_place(&p);
    start_guest(&room, &p);
    connect_guest(&room, &p); /* and nobody says anything */
    assert_int_equal(read(room.fd, &byte, 1), 0);
    assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
    drop_place(&p);
}

static void refuses_other_ways_to_start(void **state)
{
    struct place p;
    struct room room;
    static const char *const keys[] = {"", "short", "0123456789abcdef0123456789abcde"};
    (void)state;
    for (size_t i = 0; i < LEN(keys); i++) {
        guest.key = keys[i];
        make_place(&p);
        start_guest(&room, &p);
        assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
        drop_place(&p);
    }
    guest.key = NULL;
    guest.seconds = "0";
    make_place(&p);
    start_guest(&room, &p);
    assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
    assert_int_equal(unlink(p.key), 0); /* it did not come so far */
    guest.seconds = NULL;
    start_guest(&room, &p); /* and without a key there is nothing to wait for */
    assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
    assert_int_equal(symlink("/etc/passwd", p.key), 0);
    start_guest(&room, &p);
    assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
    assert_int_equal(unlink(p.key), 0);
    drop_place(&p);
}

static void a_file_in_its_place_stays(void **state)
{
    struct place p;
    struct room room;
    (void)state;
    make_place(&p);
    write_key(p.socket, "mine", geteuid());
    start_guest(&room, &p);
    assert_int_equal(WEXITSTATUS(reap_room(&room)), 1);
    assert_int_equal(unlink(p.socket), 0);
    drop_place(&p);
}

/* ---- attacks by what runs in the room: this very program, and each that worked is named ---- */

static void worked(bool it_did, const char *what)
{
    if (it_did)
        printf("%s\n", what);
}

static void attack(pid_t agent)
{
    char path[64], link[64], byte = 0, frame[12 + 64] = {0};
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    frame[8] = (char)CLNRM_FRAME_EXIT;
    for (int fd = 0; fd < 64; fd++) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)agent, fd);
        worked(open(path, O_RDWR) >= 0 || open(path, O_WRONLY) >= 0, path);
        worked(readlink(path, link, sizeof(link)) >= 0, "readlink of a descriptor of the agent");
        if (fd > 2)
            worked(write(fd, frame, sizeof(frame)) >= 0, "write to an inherited descriptor");
    }
    static const char *const files[] = {"mem", "exe", "environ", "auxv", "maps"};
    for (size_t i = 0; i < LEN(files); i++) {
        snprintf(path, sizeof(path), "/proc/%d/%s", (int)agent, files[i]);
        int fd = open(path, O_RDONLY);
        worked(fd >= 0 && read(fd, &byte, 1) > 0, path);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, agent, 0);
    for (int fd = 0; fd < 16; fd++)
        worked(pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0, "pidfd_getfd");
    worked(ptrace(PTRACE_SEIZE, agent, 0, 0) == 0, "ptrace seize");
    worked(ptrace(PTRACE_ATTACH, agent, 0, 0) == 0, "ptrace attach");
    worked(process_vm_readv(agent, &here, 1, &there, 1, 0) >= 0, "process_vm_readv");
    worked(process_vm_writev(agent, &here, 1, &there, 1, 0) >= 0, "process_vm_writev");
    printf("done\n");
    fflush(stdout);
}

static void cannot_be_looked_into(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    char self[4096], out[64], copy[] = "/tmp/clnrm-probe-XXXXXX", script[4200];
    (void)state;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(n > 0);
    self[n] = '\0';
    assert_non_null(mkdtemp(copy)); /* where any user finds it */
    assert_int_equal(chmod(copy, 0755), 0);
    snprintf(script, sizeof(script), "cp %s %s/probe && chmod 755 %s/probe", self, copy, copy);
    assert_int_equal(system(script), 0);
    open_guest(&room);
    snprintf(script, sizeof(script), "exec %s/probe --attack $PPID", copy);
    run_command(&room, guest_shell(&c, script), &o);
    assert_string_equal(text_of(&o.out), "done\n");
    assert_int_equal(o.exit.value, 0);
    free_outcome(&o);
    assert_int_equal(run_in_guest(&room, "exit 3", out, sizeof(out)), 3); /* it still serves */
    assert_int_equal(close_plain(&room), 0);
    snprintf(script, sizeof(script), "rm -r %s", copy);
    assert_int_equal(system(script), 0);
}

/* Whoever may kill the agent ends the talk, and that is all. */
static void a_killed_agent_is_no_result(void **state)
{
    struct room room;
    struct command c;
    struct clnrm_frame f;
    (void)state;
    open_guest(&room);
    guest_shell(&c, "kill -9 $PPID; sleep 40; exit 0");
    send_spawn(&room, &c.spec, 1);
    while (next_frame(&room, &f, PATIENCE_MS))
        assert_int_not_equal(f.type, CLNRM_FRAME_EXIT);
    int status = end_room(&room);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void the_first_process_is_not_ended_from_inside(void **state)
{
    struct room room;
    char out[64];
    (void)state;
    open_guest(&room);
    assert_int_equal(run_in_guest(&room,
                                  "for s in 1 2 3 6 9 10 13 14 15 17 19; do kill -$s 1; done", out,
                                  sizeof(out)),
                     0);
    assert_int_equal(run_in_guest(&room, "exit 3", out, sizeof(out)), 3);
    assert_int_equal(kill(room.launcher, SIGTERM), 0); /* but by whoever made the room */
    struct clnrm_frame f;
    assert_false(next_frame(&room, &f, PATIENCE_MS));
    end_room(&room);
}

/* ---- its own and others ---- */

static bool is_alive(pid_t pid)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    return n > 0 && !strstr(text, ") Z ");
}

static void expect_end(pid_t pid)
{
    uint64_t until = now_us() + PATIENCE_MS * 1000;
    while (is_alive(pid)) {
        if (now_us() > until)
            fail_msg("process %d is still there", (int)pid);
        usleep(1000);
    }
}

/* A process of others, of the same user, in a group and session of its own. */
static pid_t start_other(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        if (guest.uid && (setgroups(0, NULL) < 0 || setgid(guest.uid) < 0 || setuid(guest.uid) < 0))
            _exit(1);
        execlp("sleep", "sleep", "600", (char *)NULL);
        _exit(1);
    }
    return pid;
}

static void end_other(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* nobody has touched it */
    assert_true(is_alive(pid));
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

static void kills_what_is_left_behind(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    pid_t other = start_other();
    open_guest(&room);
    run_command(&room,
                guest_shell(&c,
                            "sleep 71 & setsid sleep 72 & (setsid sh -c 'sleep 73 & sleep 74' &)"
                            " ; sleep 0.1; exit 6"),
                &o);
    assert_int_equal(o.exit.value, 6);
    assert_int_equal(o.exit.leaked, 5);
    assert_non_null(strstr(o.names, "sleep"));
    free_outcome(&o);
    run_command(&room, guest_shell(&c, "exit 0"), &o);
    assert_int_equal(o.exit.leaked, 0);
    free_outcome(&o);
    guest_shell(&c, "sleep 75 & (setsid sleep 76 &); exec sleep 77"); /* killed by the close */
    send_spawn(&room, &c.spec, 1);
    struct clnrm_frame f;
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    usleep(200000);
    assert_int_equal(close_plain(&room), 3);
    end_other(other);
}

/* A step among others has only what is in its group and session; the rest goes at the close. */
static void steps_side_by_side_keep_apart(void **state)
{
    struct room room;
    struct command c;
    struct outcome o = {0};
    struct clnrm_frame f;
    (void)state;
    pid_t other = start_other();
    open_guest(&room);
    guest_shell(&c, "exec sleep 78");
    send_spawn(&room, &c.spec, 1);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    assert_int_equal(f.type, CLNRM_FRAME_STARTED);
    run_command(&room, guest_shell(&c, "sleep 79 & exit 0"), &o);
    assert_int_equal(o.exit.leaked, 1);
    free_outcome(&o);
    send_u32(&room, CLNRM_FRAME_SIGNAL, 1, SIGTERM);
    o = (struct outcome){0};
    await(&room, 1, &o);
    assert_int_equal(o.exit.value, SIGTERM);
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
    end_other(other);
}

/* The numbers are those of this machine only beside: in a namespace the ends are counted by it. */
static void start_crowd(struct room *room, pid_t pids[3])
{
    struct command c;
    struct clnrm_frame f;
    struct clnrm_frame_reader r;
    guest_shell(&c, "sleep 81 & echo $!; (setsid sh -c 'echo $$; exec sleep 82' &); exec sleep 83");
    send_spawn(room, &c.spec, 1);
    char text[256] = "";
    int lines = 0;
    while (lines < 2) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_STARTED)
            pids[2] = (pid_t)clnrm_frame_get_u32(&r);
        if (f.type != CLNRM_FRAME_STDOUT)
            continue;
        struct clnrm_slice bytes = clnrm_frame_get_text(&r);
        strncat(text, bytes.data, bytes.len);
        lines = 0;
        for (const char *at = text; (at = strchr(at, '\n')); at++)
            lines++;
    }
    char *end;
    pids[0] = (pid_t)strtol(text, &end, 10);
    pids[1] = (pid_t)strtol(end, NULL, 10);
}

static void the_end_of_the_stream_ends_its_own(void **state)
{
    struct room room;
    pid_t pids[3], other = start_other();
    (void)state;
    open_guest(&room);
    start_crowd(&room, pids);
    assert_int_equal(end_room(&room), 0); /* and for the first process: with all of its namespace */
    if (!guest.first)
        for (size_t i = 0; i < LEN(pids); i++)
            assert_false(is_alive(pids[i]));
    end_other(other);
}

static void the_command_ends_with_a_killed_agent(void **state)
{
    struct room room;
    pid_t pids[3];
    (void)state;
    open_guest(&room);
    start_crowd(&room, pids);
    kill(room.launcher, SIGKILL);
    end_room(&room);
    expect_end(pids[2]);
    for (int i = 0; i < 2;
         i++) /* of these nothing says whose they were: the room's owner ends them */
        kill(pids[i], SIGKILL);
}

static void ends_by_a_signal_with_its_own(void **state)
{
    struct room room;
    struct clnrm_frame f;
    pid_t pids[3], other = start_other();
    (void)state;
    open_guest(&room);
    start_crowd(&room, pids);
    assert_int_equal(kill(room.launcher, SIGTERM), 0);
    while (next_frame(&room, &f, PATIENCE_MS))
        assert_int_not_equal(f.type, CLNRM_FRAME_EXIT);
    assert_int_equal(end_room(&room), 0);
    for (size_t i = 0; i < LEN(pids); i++)
        assert_false(is_alive(pids[i]));
    end_other(other);
}

static void a_kept_room_stays_without_its_host(void **state)
{
    static const char keep[20] = {8, [4] = 9, [8] = CLNRM_FRAME_KEEP, [12] = 2}; /* seconds */
    struct room room;
    struct answer a;
    pid_t pids[3];
    (void)state;
    open_guest(&room);
    send_bytes(&room, keep, sizeof(keep));
    await_answer(&room, 9, &a);
    assert_int_equal(a.error, 0);
    start_crowd(&room, pids);
    close(room.fd);
    if (room.to)
        close(room.to);
    room.fd = -1, room.to = 0;
    usleep(300000);
    assert_int_equal(waitpid(room.launcher, NULL, WNOHANG), 0);
    assert_true(guest.first || is_alive(pids[2]));
    assert_int_equal(end_room(&room), 0); /* after its two seconds */
    assert_false(!guest.first && is_alive(pids[0]));
}

/* ---- without what most rooms have ---- */

WAY(first_without_proc, guest.first = true; guest.no_proc = true)

static void serves_without_proc(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    char out[64];
    (void)state;
    open_guest(&room);
    assert_non_null(strstr(room.report, "proc: none"));
    assert_int_equal(run_in_guest(&room, "echo x; exit 4", out, sizeof(out)), 4);
    run_command(&room, guest_shell(&c, "sleep 84 & exit 2"), &o);
    assert_int_equal(o.exit.value, 2);
    assert_int_equal(o.exit.leaked, 1);
    free_outcome(&o);
    assert_int_equal(close_plain(&room), 0);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--attack") == 0) {
        attack((pid_t)atoi(argv[2]));
        return 0;
    }
    const struct CMUnitTest tests[] = {
        IN(nobody_joins_without_the_key, beside),
        IN(nobody_joins_without_the_key, beside_over_pipes),
        IN(nobody_joins_without_the_key, first_as_user),
        IN_BOTH(joins_once),
        IN_BOTH(takes_one_connection),
        IN(ends_when_nobody_joins, beside_as_user),
        IN(ends_when_nobody_joins, first),
        IN(refuses_other_ways_to_start, beside),
        IN(refuses_other_ways_to_start, beside_over_pipes),
        IN(a_file_in_its_place_stays, beside),
        IN(cannot_be_looked_into, beside_as_user),
        IN(cannot_be_looked_into, first_as_user),
        IN(cannot_be_looked_into, first_over_pipes),
        IN(cannot_be_looked_into, first_without_rights),
        IN(a_killed_agent_is_no_result, beside),
        IN(a_killed_agent_is_no_result, beside_as_user),
        IN(the_first_process_is_not_ended_from_inside, first),
        IN(the_first_process_is_not_ended_from_inside, first_as_user),
        IN_ALL(kills_what_is_left_behind),
        IN_ALL(steps_side_by_side_keep_apart),
        IN_ALL(the_end_of_the_stream_ends_its_own),
        IN(the_command_ends_with_a_killed_agent, beside),
        IN(the_command_ends_with_a_killed_agent, beside_as_user),
        IN(ends_by_a_signal_with_its_own, beside),
        IN(ends_by_a_signal_with_its_own, beside_as_user),
        IN(a_kept_room_stays_without_its_host, beside_as_user),
        IN(a_kept_room_stays_without_its_host, beside_over_pipes),
        IN(a_kept_room_stays_without_its_host, first),
        IN(serves_without_proc, first_without_proc),
    };
    return cmocka_run_group_tests_name("attacks on guests", tests, NULL, NULL);
}
