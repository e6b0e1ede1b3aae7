/* test_agent_attack.c -- what runs in the room cannot forge, and nobody can wedge or outlive it. */
#include "agent_harness.h"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* ---- run in the room by this very program: each attack that worked is named ---- */

static void worked(bool it_did, const char *what)
{
    if (it_did)
        printf("%s\n", what);
}

static void attack_descriptors(void)
{
    char path[64], frame[12 + 64] = {0};
    frame[8] = (char)CLNRM_FRAME_EXIT;
    for (int fd = 0; fd < 64; fd++) {
        snprintf(path, sizeof(path), "/proc/1/fd/%d", fd);
        int file = open(path, O_RDWR);
        worked(file >= 0, path);
        char link[64];
        worked(readlink(path, link, sizeof(link)) >= 0, "readlink of a descriptor of PID 1");
        if (fd > 2)
            worked(write(fd, frame, sizeof(frame)) >= 0, "write to an inherited descriptor");
    }
    worked(open("/proc/1/mem", O_RDWR) >= 0, "/proc/1/mem");
    worked(open("/proc/1/exe", O_RDONLY) >= 0, "/proc/1/exe");
    worked(open("/proc/1/root/usr", O_RDONLY) >= 0, "/proc/1/root");
    worked(open("/proc/1/cwd", O_RDONLY) >= 0, "/proc/1/cwd");
    int environ = open("/proc/1/environ", O_RDONLY);
    char byte;
    worked(environ >= 0 && read(environ, &byte, 1) > 0, "/proc/1/environ");
    int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
    worked(pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 3, 0) >= 0, "pidfd_getfd");
    worked(pidfd >= 0 && setns(pidfd, CLONE_NEWNET) == 0, "setns");
}

static void attack_memory(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    worked(ptrace(PTRACE_ATTACH, 1, 0, 0) == 0, "ptrace attach");
    worked(ptrace(PTRACE_SEIZE, 1, 0, 0) == 0, "ptrace seize");
    worked(process_vm_readv(1, &here, 1, &there, 1, 0) >= 0, "process_vm_readv");
    worked(process_vm_writev(1, &here, 1, &there, 1, 0) >= 0, "process_vm_writev");
}

static void attack_rights(void)
{
    worked(unshare(CLONE_NEWNS) == 0, "unshare");
    worked(setuid(0) == 0, "setuid");
    worked(setgid(0) == 0, "setgid");
    worked(chroot("/tmp") == 0, "chroot");
    worked(sethostname("x", 1) == 0, "sethostname");
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY}, now;
    worked(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max != RLIM_INFINITY &&
               setrlimit(RLIMIT_NOFILE, &more) == 0,
           "raising a limit");
}

/* Every signal there is, also with a made-up sender: PID 1 must still be there afterwards. */
static void attack_signals(void)
{
    for (int round = 0; round < 20; round++)
        for (int number = 1; number <= 64; number++) {
            siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
            kill(1, number);
            syscall(SYS_rt_sigqueueinfo, 1, number, &info); /* si_pid 0: "from outside" */
            info.si_code = SI_TKILL;
            syscall(SYS_rt_tgsigqueueinfo, 1, 1, number, &info);
            syscall(SYS_tgkill, 1, 1, number);
        }
}

/* Nothing but the filter of system calls, which is not installed here, forbids these. */
static void starve_the_agent(rlim_t files)
{
    struct rlimit few = {files, files};
    prlimit(1, RLIMIT_NOFILE, &few, NULL);
}

static int probe(const char *name)
{
    if (strcmp(name, "descriptors") == 0)
        attack_descriptors();
    else if (strcmp(name, "memory") == 0)
        attack_memory();
    else if (strcmp(name, "rights") == 0)
        attack_rights();
    else if (strcmp(name, "signals") == 0)
        attack_signals();
    else if (strcmp(name, "starve") == 0)
        starve_the_agent(7);
    else if (strcmp(name, "starve more") == 0)
        starve_the_agent(0);
    else
        return 9;
    printf("done\n");
    fflush(stdout);
    return 0;
}

static void open_probing(struct room *room)
{
    struct clnrm_room_op ops[LEN(PLAIN_OPS) + 1];
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    assert_true(n > 0);
    memcpy(ops, PLAIN_OPS, sizeof(PLAIN_OPS));
    ops[LEN(PLAIN_OPS)] = (struct clnrm_room_op){
        .kind = CLNRM_OP_RO, .source = {self, (size_t)n}, .target = clnrm_slice_of("/probe")};
    struct clnrm_room_spec spec = plain_spec();
    spec.ops = ops;
    spec.op_count = LEN(ops);
    start_agent(room);
    send_spec(room, &spec);
    assert_true(read_ready(room));
}

static void a_command_cannot_reach_the_agent(void **state)
{
    static const char *const attacks[] = {"descriptors", "memory", "rights", "signals"};
    struct room room;
    (void)state;
    open_probing(&room);
    for (size_t i = 0; i < LEN(attacks); i++) {
        struct command c;
        struct outcome o;
        char out[64];
        shell(&c, "");
        c.argv[0] = clnrm_slice_of("/probe");
        c.argv[1] = clnrm_slice_of("--probe");
        c.argv[2] = clnrm_slice_of(attacks[i]);
        run_command(&room, &c, &o);
        assert_string_equal(text_of(&o.out), "done\n");
        assert_int_equal(o.exit.kind, CLNRM_EXITED);
        assert_int_equal(o.exit.value, 0);
        free_outcome(&o);
        assert_int_equal(run_shell(&room, "exit 3", out, sizeof(out)),
                         3); /* the agent still serves */
    }
    assert_int_equal(close_plain(&room), 0);
}

static void a_starved_agent_says_so(void **state)
{
    struct room room;
    struct command c;
    struct outcome o;
    (void)state;
    open_probing(&room);
    shell(&c, "");
    c.argv[0] = clnrm_slice_of("/probe");
    c.argv[1] = clnrm_slice_of("--probe");
    c.argv[2] = clnrm_slice_of("starve");
    run_command(&room, &c, &o);
    assert_int_equal(o.exit.value, 0);
    free_outcome(&o);
    run_command(&room, shell(&c, "exit 0"), &o);
    assert_true(o.done && !o.started); /* an error, never a result that was not seen */
    assert_int_equal(o.error, EMFILE);
    assert_string_equal(o.stage, "pipe");
    free_outcome(&o);
    close_plain(&room);
    open_probing(&room); /* and one that cannot even wait any more ends the room */
    c.argv[0] = clnrm_slice_of("/probe");
    c.argv[1] = clnrm_slice_of("--probe");
    c.argv[2] = clnrm_slice_of("starve more");
    send_spawn(&room, &c.spec, 1);
    for (struct clnrm_frame f; next_frame(&room, &f, PATIENCE_MS);)
        ;
    assert_int_equal(WEXITSTATUS(end_room(&room)), 1);
}

/* ---- the host's side ---- */

static void a_signal_from_outside_ends_the_room(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGKILL};
    (void)state;
    for (size_t i = 0; i < LEN(numbers); i++) {
        struct room room;
        struct command c;
        struct clnrm_frame f;
        open_plain(&room);
        shell(&c, "sleep 91 & exec sleep 92");
        send_spawn(&room, &c.spec, 1);
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        assert_int_equal(f.type, CLNRM_FRAME_STARTED);
        assert_int_equal(kill(room.pid, numbers[i]), 0);
        while (next_frame(&room, &f, PATIENCE_MS))
            assert_int_not_equal(f.type, CLNRM_FRAME_EXIT);
        end_room(&room);
    }
}

static void the_end_of_the_stream_ends_the_room(void **state)
{
    struct room room;
    struct command c;
    struct clnrm_frame f;
    (void)state;
    open_plain(&room);
    shell(&c, "sleep 93 & exec sleep 94");
    send_spawn(&room, &c.spec, 1);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    uint64_t before = now_us();
    assert_int_equal(end_room(&room), 0);
    assert_true(now_us() - before < 1000 * 1000);
}

/* ---- frames ---- */

/* A whole talk: room, command, end. */
static void write_talk(struct clnrm_buf *b)
{
    struct clnrm_room_spec spec = plain_spec();
    struct clnrm_frame_writer w;
    struct command c;
    b->max = 1 << 20;
    assert_int_equal(clnrm_room_spec_write(&spec, b), 0);
    assert_int_equal(clnrm_spawn_spec_write(&shell(&c, "echo hi; exit 5")->spec, 1, b), 0);
    clnrm_frame_begin(&w, b, CLNRM_FRAME_CREDIT, 1);
    clnrm_frame_put_u32(&w, 1);
    assert_int_equal(clnrm_frame_end(&w), 0);
}

static void expect_talk(struct room *room)
{
    struct outcome o = {0};
    assert_true(read_ready(room));
    await(room, 1, &o);
    assert_int_equal(o.exit.value, 5);
    assert_string_equal(text_of(&o.out), "hi\n");
    free_outcome(&o);
    close_plain(room);
}

static void takes_frames_in_any_pieces(void **state)
{
    struct clnrm_buf talk = {0};
    struct room room;
    (void)state;
    write_talk(&talk);
    start_agent(&room);
    for (size_t i = 0; i < talk.len; i++)
        send_bytes(&room, talk.data + i, 1);
    expect_talk(&room);
    for (size_t cut = 1; cut < talk.len; cut += 7) {
        start_agent(&room);
        send_bytes(&room, talk.data, cut);
        usleep(300); /* so that it is read in two pieces */
        send_bytes(&room, talk.data + cut, talk.len - cut);
        expect_talk(&room);
    }
    clnrm_buf_free(&talk);
}

static void a_talk_cut_short_leaves_nothing(void **state)
{
    struct clnrm_buf talk = {0};
    (void)state;
    write_talk(&talk);
    for (size_t cut = 0; cut < talk.len; cut += 23) {
        struct room room;
        start_agent(&room);
        send_bytes(&room, talk.data, cut);
        int status = end_room(&room);
        assert_true(WIFEXITED(status));
    }
    clnrm_buf_free(&talk);
}

struct raw {
    uint8_t type;
    uint32_t id;
    const char *payload;
    size_t len;
    const char *why;
};

static void expect_protocol_end(const struct raw *raw, const void *header)
{
    struct room room;
    struct command c;
    struct clnrm_frame f;
    bool noted = false;
    open_plain(&room);
    shell(&c, "exec sleep 95");
    send_spawn(&room, &c.spec, 1);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    if (header) {
        send_bytes(&room, header, CLNRM_FRAME_HEADER);
    } else {
        struct clnrm_buf b = {.max = 2 << 20};
        struct clnrm_frame_writer w;
        clnrm_frame_begin(&w, &b, raw->type, raw->id);
        for (size_t i = 0; i < raw->len; i++)
            clnrm_frame_put_u8(&w, (uint8_t)raw->payload[i]);
        assert_int_equal(clnrm_frame_end(&w), 0);
        send_buf(&room, &b);
    }
    while (next_frame(&room, &f, 3000))
        noted |= f.type == CLNRM_FRAME_NOTE;
    int status = end_room(&room);
    if (!noted || !WIFEXITED(status) || WEXITSTATUS(status) != 2)
        fail_msg("%s: status %x", raw ? raw->why : "header", status);
}

#define BYTES(s) (s), sizeof(s) - 1

static void ends_when_the_host_breaks_the_protocol(void **state)
{
    static const struct raw cases[] = {
        {0, 0, BYTES(""), "type 0"},
        {63, 2, BYTES(""), "an unknown type"},
        {255, 0, BYTES(""), "another"},
        {CLNRM_FRAME_READY, 0, BYTES(""), "a frame of the agent's"},
        {CLNRM_FRAME_EXIT, 1, BYTES(""), "another"},
        {CLNRM_FRAME_ROOM, 0, BYTES(""), "a second room"},
        {CLNRM_FRAME_SPAWN, 2, BYTES(""), "an empty spawn"},
        {CLNRM_FRAME_CREDIT, 1, BYTES("\1\0\0"), "a short credit"},
        {CLNRM_FRAME_CREDIT, 1, BYTES("\1\0\0\0\0"), "a long credit"},
        {CLNRM_FRAME_SIGNAL, 1, BYTES("\0\0\0\0"), "signal 0"},
        {CLNRM_FRAME_SIGNAL, 1, BYTES("\x7f\0\0\0"), "signal 127"},
        {CLNRM_FRAME_STDIN, 1, BYTES("\1\0\0\0x"), "stdin that was not asked for"},
        {CLNRM_FRAME_DATA, 1, BYTES("\1\0\0\0x"), "data for a command"},
        {CLNRM_FRAME_STAT, 0, BYTES("\0\0\0\0\1\0\0\0/"), "id 0"},
        {CLNRM_FRAME_STAT, 1, BYTES("\0\0\0\0\1\0\0\0/"), "an id in use"},
        {CLNRM_FRAME_STAT, 0x80000001u, BYTES("\0\0\0\0\1\0\0\0/"), "an id of the agent's"},
        {CLNRM_FRAME_STAT, 2, BYTES("\0\0\0\0\2\0\0\0/"), "a text past its end"},
        {CLNRM_FRAME_STAT, 2, BYTES("\0\0\0\0\1\0\0\0/x"), "bytes left over"},
        {CLNRM_FRAME_PROBE, 2, BYTES("\0\0\0\0\1\0\0\x7f\0\0\0\0\0\0\0\0"), "port 0"},
        {CLNRM_FRAME_PROBE, 2, BYTES("\0\0\0\0\1\0\0\x7f\1\0\0\0"), "no owner"},
        {CLNRM_FRAME_RELAY, 2, BYTES("\0\0\0\0\1\0\0\x7f\0\0\1\0"), "port 65536"},
        {CLNRM_FRAME_DIAL, 2, BYTES("\0\0\0\0\1\0\0\x0a\1\0\0\0"), "10.0.0.1"},
        {CLNRM_FRAME_BRIDGE, 2, BYTES("\0\0\0\0\1\0\0\x7f\1\0\0\0"), "a bridge to nowhere"},
        {CLNRM_FRAME_VIEW, 2, BYTES("\1\0\0\0"), "a view without its operation"},
        {CLNRM_FRAME_VIEW, 0, BYTES("\0\0\0\0"), "a view without an id"},
        {CLNRM_FRAME_NET, 2, BYTES("\0"), "a network with bytes"},
        {CLNRM_FRAME_FILTER, 0, BYTES("\x8\0\0\0\1\0\0\0\0"), "slot 8"},
        {CLNRM_FRAME_FILTER, 0, BYTES("\1\0\0\0\1\7\0\0\0abcdefg"), "half an instruction"},
        {CLNRM_FRAME_FILTER, 0, BYTES("\1\0\0\0\1\0\0\0\0"), "an empty filter"},
        {CLNRM_FRAME_FILTER, 3, BYTES("\1\0\0\0\0\0\0\0\0"), "a filter with an id"},
        {CLNRM_FRAME_CLOSE, 3, BYTES(""), "close with an id"},
        {CLNRM_FRAME_CLOSE, 0, BYTES("x"), "close with bytes"},
    };
    static const char *const headers[] = {"\1\0\x10\0\0\0\0\0\6\0\0", "\0\0\0\0\0\0\0\0\6\1\0\0",
                                          "\0\0\0\0\0\0\0\0\6\0\0\1",
                                          "\xff\xff\xff\xff\0\0\0\0\6\0\0"};
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++)
        expect_protocol_end(&cases[i], NULL);
    for (size_t i = 0; i < LEN(headers); i++)
        expect_protocol_end(NULL, headers[i]);
}

static void ends_when_stdin_comes_past_its_credit(void **state)
{
    enum { PIPE_LEAST = 4096 };
    struct room room;
    struct command c;
    struct clnrm_frame f;
    static char bytes[65536];
    (void)state;
    open_plain(&room);
    shell(&c, "exec sleep 96");
    c.spec.flags = CLNRM_SPAWN_STDIN;
    send_spawn(&room, &c.spec, 1);
    assert_true(next_frame(&room, &f, PATIENCE_MS));
    for (int i = 0; i < 4; i++)
        send_text(&room, CLNRM_FRAME_STDIN, 1, bytes, sizeof(bytes));
    /* The pipe took some, which was granted anew: as much as this machine gives a pipe. */
    uint32_t credit = 0;
    while (credit < PIPE_LEAST) {
        assert_true(next_frame(&room, &f, PATIENCE_MS));
        assert_int_equal(f.type, CLNRM_FRAME_CREDIT);
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        credit += clnrm_frame_get_u32(&r);
    }
    room.may_end = true; /* at any piece past what it granted so far */
    for (uint32_t sent = 0; sent < sizeof(bytes); sent += credit)
        send_text(&room, CLNRM_FRAME_STDIN, 1, bytes, credit);
    send_text(&room, CLNRM_FRAME_STDIN, 1, bytes, 1);
    while (next_frame(&room, &f, 3000))
        ;
    assert_int_equal(WEXITSTATUS(end_room(&room)), 2);
}

static void frames_for_what_has_ended_are_dropped(void **state)
{
    static const uint8_t types[] = {CLNRM_FRAME_DATA, CLNRM_FRAME_STDIN, CLNRM_FRAME_CREDIT,
                                    CLNRM_FRAME_SIGNAL, CLNRM_FRAME_CANCEL};
    struct room room;
    char out[64];
    (void)state;
    open_plain(&room);
    for (size_t i = 0; i < LEN(types); i++)
        send_u32(&room, types[i], 77, 0);
    assert_int_equal(run_shell(&room, "exit 6", out, sizeof(out)), 6);
    close_plain(&room);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 17, *seed ^= *seed << 5;
    return *seed;
}

/* Whatever bytes come: the agent ends by itself (never by a signal), or goes on. */
static void survives_mutated_talks(void **state)
{
    struct clnrm_buf talk = {0};
    (void)state;
    write_talk(&talk);
    for (uint32_t round = 1; round <= 150; round++) {
        struct room room;
        struct clnrm_frame f;
        uint32_t seed = round * 2654435761u;
        char *bytes = clnrm_xmemdup(talk.data, talk.len);
        for (uint32_t i = next_random(&seed) % 4 + 1; i > 0; i--)
            bytes[next_random(&seed) % talk.len] = (char)next_random(&seed);
        start_agent(&room);
        send_bytes(&room, bytes, talk.len);
        shutdown(room.fd, SHUT_WR);
        while (next_frame(&room, &f, PATIENCE_MS))
            ;
        int status = end_room(&room);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
            fail_msg("round %u: status %x", round, status);
        free(bytes);
    }
    clnrm_buf_free(&talk);
}

/* ---- the death of the host ---- */

/* A host of its own that is killed after `delay_us`; all that it started must be gone soon after.
 * This process is the subreaper, so whatever lives on becomes its child. */
static void kill_a_host(unsigned delay_us, const struct clnrm_buf *talk, bool hold)
{
    enum { STREAM = 60 };
    pid_t host = fork();
    assert_true(host >= 0);
    if (host == 0) {
        struct room room;
        setpgid(0, 0);
        start_agent(&room);
        send_bytes(&room, talk->data, talk->len);
        if (hold)
            dup2(room.fd, STREAM);
        for (;;)
            pause();
    }
    usleep(delay_us);
    int pidfd = (int)syscall(SYS_pidfd_open, host, 0), held = -1;
    while (hold && held < 0) /* then the end of the stream does not tell the agent */
        held = (int)syscall(SYS_pidfd_getfd, pidfd, STREAM, 0);
    kill(host, SIGKILL);
    for (uint64_t until = now_us() + 2000 * 1000;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0)
            break;
        if (pid == 0 && now_us() > until)
            fail_msg("a process lives on, host killed after %u us", delay_us);
        if (pid == 0)
            usleep(500);
    }
    close(pidfd);
    if (hold)
        close(held);
}

static void nothing_outlives_a_killed_host(void **state)
{
    struct clnrm_buf talk = {.max = 1 << 20};
    struct clnrm_room_spec spec = plain_spec();
    struct command c;
    uint32_t seed = 12345;
    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    assert_int_equal(clnrm_room_spec_write(&spec, &talk), 0);
    shell(&c, "(setsid sleep 97 &) ; trap '' TERM; sleep 98 & sleep 99");
    assert_int_equal(clnrm_spawn_spec_write(&c.spec, 1, &talk), 0);
    for (int i = 0; i < 60; i++)
        kill_a_host(next_random(&seed) % 5000, &talk, i % 2);
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    clnrm_buf_free(&talk);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--probe") == 0)
        _exit(probe(argv[2]));
    const struct CMUnitTest tests[] = {
        BOTH(a_command_cannot_reach_the_agent),
        BOTH(a_starved_agent_says_so),
        BOTH(a_signal_from_outside_ends_the_room),
        BOTH(the_end_of_the_stream_ends_the_room),
        HERE(takes_frames_in_any_pieces),
        HERE(a_talk_cut_short_leaves_nothing),
        HERE(ends_when_the_host_breaks_the_protocol),
        HERE(ends_when_stdin_comes_past_its_credit),
        HERE(frames_for_what_has_ended_are_dropped),
        HERE(survives_mutated_talks),
        BOTH(nothing_outlives_a_killed_host),
    };
    return cmocka_run_group_tests_name("agent attacks", tests, NULL, NULL);
}
