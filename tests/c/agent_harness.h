/* agent_harness.h -- drives the real agent over a socketpair, as clnrm does.
 *
 * The agent is the file in CLNRM_AGENT.  Each helper fails the running cmocka test itself. */
#ifndef CLNRM_TEST_AGENT_HARNESS_H
#define CLNRM_TEST_AGENT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/frame.h"
#include "base/room.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
/* The kind, source and target of an operation; further fields may follow. */
#define OP(k, from, to)                                                                            \
    .kind = (k), .source = {(from), sizeof(from) - 1}, .target = {(to), sizeof(to) - 1}

enum { PATIENCE_MS = 20000, NOBODY = 65534 };

/* How agents are started: as this user, as nobody, on a kernel without the newer mount calls, or on one without sock_diag.  A
 * test runs in each flavour that its table names. */
enum flavour { AS_SELF, AS_NOBODY, OLD_KERNEL, NO_DIAG };
static enum flavour flavour;

static inline int as_self(void **state)
{
    (void)state;
    flavour = AS_SELF;
    return 0;
}

static inline int as_nobody(void **state)
{
    (void)state;
    flavour = AS_NOBODY;
    return 0;
}

static inline int on_old_kernel(void **state)
{
    (void)state;
    flavour = OLD_KERNEL;
    return 0;
}

static inline int without_diag(void **state)
{
    (void)state;
    flavour = NO_DIAG;
    return 0;
}

#define HERE(f)                                                                                    \
    {                                                                                              \
#        f, (f), as_self, NULL, NULL                                                               \
    }
#define BOTH(f)                                                                                    \
    HERE(f),                                                                                       \
    {                                                                                              \
#        f " as nobody", (f), as_nobody, NULL, NULL                                                \
    }
#define ALL(f)                                                                                     \
    BOTH(f),                                                                                       \
    {                                                                                              \
#        f " on an old kernel", (f), on_old_kernel, NULL, NULL                                     \
    }

struct room {
    int fd, to;          /* `to`: what is sent goes there; 0: to `fd` */
    char answer[257];    /* of READY: the second half of the key */
    pid_t launcher, pid; /* pid 0: not known */
    struct clnrm_buf in;
    size_t taken;
    char refused_step[64], refused_what[256];
    uint32_t refused_errno;
    char report[4096]; /* READY's list, "step: what" lines */
    bool may_end;      /* what is sent may find the agent gone */
};

/* What a SPAWN came to. */
struct outcome {
    bool started, done; /* `done`: it could not be started */
    uint32_t pid, error;
    char stage[64], what[256];
    struct clnrm_exit exit;
    char names[257];
    struct clnrm_buf out, err;
};

static inline uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static inline void send_bytes(struct room *room, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = room->to ? write(room->to, at, len) : send(room->fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE && room->may_end)
            return; /* expect_end() looks at it */
        if (n < 0)
            fail_msg("send to the agent: %s", strerror(errno));
        at += n;
        len -= (size_t)n;
    }
}

static inline void send_buf(struct room *room, struct clnrm_buf *b)
{
    send_bytes(room, b->data, b->len);
    clnrm_buf_free(b);
}

/* Reads one frame; returns false at the end of the stream.  Fails after `ms`. */
static inline bool next_frame(struct room *room, struct clnrm_frame *out, int ms)
{
    uint64_t until = now_us() + (uint64_t)ms * 1000;
    clnrm_buf_drop(&room->in, room->taken);
    room->taken = 0;
    for (;;) {
        long used = clnrm_frame_next(room->in.data, room->in.len, out);
        if (used < 0)
            fail_msg("the agent sent a frame that is none");
        if (used > 0) {
            room->taken = (size_t)used;
            return true;
        }
        struct pollfd p = {.fd = room->fd, .events = POLLIN};
        uint64_t now = now_us();
        if (now > until || poll(&p, 1, (int)((until - now) / 1000) + 1) == 0)
            fail_msg("no answer of the agent in %d ms", ms);
        assert_int_equal(clnrm_buf_reserve(&room->in, 65536), 0);
        ssize_t n = read(room->fd, room->in.data + room->in.len, 65536);
        if (n <= 0)
            return false;
        room->in.len += (size_t)n;
    }
}

/* Makes `calls` fail with `error` in this process and all that it starts. */
static inline void deny_calls(const int *calls, size_t count, int error)
{
    struct sock_filter program[64] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short len = 1;
    for (size_t i = 0; i < count; i++) {
        program[len++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        program[len++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    }
    program[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {len, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
        _exit(98);
}

/* Makes socket(AF_NETLINK) fail likewise. */
static inline void deny_netlink(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {LEN(program), program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
        _exit(98);
}

/* One more call that agents may not make, or NULL. */
static const int *denied;

static inline void take_flavour(void)
{
    if (denied)
        deny_calls(denied, 1, EPERM);
    if (flavour == NO_DIAG)
        deny_netlink();
    static const int newer[] = {SYS_openat2,       SYS_open_tree, SYS_move_mount,
                                SYS_mount_setattr, SYS_fsopen,    SYS_close_range};
    if (flavour == OLD_KERNEL)
        deny_calls(newer, LEN(newer), ENOSYS);
    if (flavour == AS_NOBODY && geteuid() == 0 &&
        (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
        _exit(97);
}

/* Starts the agent as base/room.h says; the ROOM frame is not sent yet. */
static inline void start_agent_leaking(struct room *room, int leaked_fds)
{
    const char *agent = getenv("CLNRM_AGENT");
    int ends[2];
    if (!agent || access(agent, X_OK) < 0)
        fail_msg("CLNRM_AGENT does not name the agent");
    *room = (struct room){.in.max = 4 << 20};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    room->launcher = fork();
    assert_true(room->launcher >= 0);
    if (room->launcher == 0) {
        static char *argv[] = {(char *)"clnrm-agent", NULL}, *env[] = {NULL};
        setsid();
        int null = open("/dev/null", O_RDWR);
        for (int i = 0; i < 3; i++)
            if (i != 2 || !getenv("CLNRM_TEST_STDERR"))
                dup2(null, i);
        int keep = fcntl(ends[1], F_DUPFD, 100), file = open(agent, O_RDONLY | O_CLOEXEC);
        file = fcntl(file, F_DUPFD_CLOEXEC, 100);
        for (int fd = 3; fd < 100; fd++)
            close(fd);
        dup2(keep, 3);
        close(keep);
        for (int i = 0; i < leaked_fds; i++)
            open(i % 2 ? "/etc" : "/etc/passwd", O_RDONLY);
        take_flavour();
        if (chdir("/") == 0)
            fexecve(file, argv, env);
        _exit(99);
    }
    close(ends[1]);
    room->fd = ends[0];
}

static inline void start_agent(struct room *room)
{
    start_agent_leaking(room, 0);
}

static inline void copy_slice(char *to, size_t size, struct clnrm_slice text)
{
    snprintf(to, size, "%.*s", (int)text.len, text.data);
}

/* Reads READY or REFUSED.  Returns whether the room stands. */
static inline bool read_ready(struct room *room)
{
    struct clnrm_frame f;
    if (!next_frame(room, &f, PATIENCE_MS))
        fail_msg("the agent went away before READY");
    struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
    if (f.type == CLNRM_FRAME_REFUSED) {
        copy_slice(room->refused_step, sizeof(room->refused_step), clnrm_frame_get_text(&r));
        room->refused_errno = clnrm_frame_get_u32(&r);
        copy_slice(room->refused_what, sizeof(room->refused_what), clnrm_frame_get_text(&r));
        assert_int_equal(clnrm_frame_done(&r), 0);
        return false;
    }
    assert_int_equal(f.type, CLNRM_FRAME_READY);
    assert_int_equal(clnrm_frame_get_u32(&r), CLNRM_FRAME_VERSION);
    room->pid = (pid_t)clnrm_frame_get_u32(&r);
    copy_slice(room->answer, sizeof(room->answer), clnrm_frame_get_text(&r));
    uint32_t count = clnrm_frame_get_count(&r);
    for (uint32_t i = 0; i < count; i++) {
        struct clnrm_slice step = clnrm_frame_get_text(&r), what = clnrm_frame_get_text(&r);
        size_t len = strlen(room->report);
        snprintf(room->report + len, sizeof(room->report) - len, "%.*s: %.*s\n", (int)step.len,
                 step.data, (int)what.len, what.data);
    }
    assert_int_equal(clnrm_frame_done(&r), 0);
    return true;
}

/* Reaps launcher and PID 1 (both our children).  Returns the exit status of PID 1, or the
 * launcher's when there was no PID 1. */
static inline int reap_room(struct room *room)
{
    int status = 0, last = 0;
    for (pid_t pid; (pid = waitpid(-room->launcher, &status, 0)) > 0;)
        if (pid != room->launcher || status != 0)
            last = status;
    return last;
}

static inline int end_room(struct room *room)
{
    if (room->fd >= 0)
        close(room->fd);
    if (room->to > 0)
        close(room->to);
    room->fd = -1;
    room->to = 0;
    clnrm_buf_free(&room->in);
    return reap_room(room);
}

/* The operations of a plain room: the system read-only, the rest private. */
static const struct clnrm_room_op PLAIN_OPS[] = {
    {OP(CLNRM_OP_RO, "/usr", "/usr")},
    {OP(CLNRM_OP_LINK, "usr/bin", "/bin")},
    {OP(CLNRM_OP_LINK, "usr/sbin", "/sbin")},
    {OP(CLNRM_OP_LINK, "usr/lib", "/lib")},
    {OP(CLNRM_OP_LINK, "usr/lib64", "/lib64")},
    {OP(CLNRM_OP_RO, "/opt", "/opt"), .flags = CLNRM_OP_OPTIONAL},
    {OP(CLNRM_OP_DIR, "", "/etc"), .mode = 0755},
    {OP(CLNRM_OP_FILE, "room:x:1000:1000::/room:/bin/sh\n", "/etc/passwd"), .mode = 0644},
    {OP(CLNRM_OP_FILE, "room:x:1000:\n", "/etc/group"), .mode = 0644},
    {OP(CLNRM_OP_FILE, "127.0.0.1 localhost\n", "/etc/hosts"), .mode = 0644},
    {OP(CLNRM_OP_RO, "/etc/alternatives", "/etc/alternatives"), .flags = CLNRM_OP_OPTIONAL},
    {OP(CLNRM_OP_RO, "/etc/ld.so.cache", "/etc/ld.so.cache"), .flags = CLNRM_OP_OPTIONAL},
    {OP(CLNRM_OP_PROC, "", "/proc")},
    {OP(CLNRM_OP_DEV, "", "/dev"), .size = 16 << 20, .inodes = 1000},
    {OP(CLNRM_OP_TMPFS, "", "/tmp"), .mode = 01777, .size = 16 << 20, .inodes = 1000},
    {OP(CLNRM_OP_TMPFS, "", "/room"), .mode = 0755, .size = 16 << 20, .inodes = 1000},
    {OP(CLNRM_OP_TMPFS, "", "/run"), .mode = 0755, .size = 16 << 20, .inodes = 1000},
};

static inline struct clnrm_room_spec plain_spec(void)
{
    return (struct clnrm_room_spec){.hostname = clnrm_slice_of("room"),
                                    .uid = 1000,
                                    .gid = 1000,
                                    .root_size = 4 << 20,
                                    .root_inodes = 500,
                                    .op_count = LEN(PLAIN_OPS),
                                    .ops = (struct clnrm_room_op *)(void *)(uintptr_t)PLAIN_OPS};
}

static inline void send_spec(struct room *room, const struct clnrm_room_spec *spec)
{
    struct clnrm_buf b = {.max = 1 << 20};
    assert_int_equal(clnrm_room_spec_write(spec, &b), 0);
    send_buf(room, &b);
}

static inline void open_plain(struct room *room)
{
    struct clnrm_room_spec spec = plain_spec();
    start_agent(room);
    send_spec(room, &spec);
    if (!read_ready(room))
        fail_msg("refused: %s: %s (%s)", room->refused_step, room->refused_what,
                 strerror((int)room->refused_errno));
}

static inline void send_u32(struct room *room, uint8_t type, uint32_t id, uint32_t value)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, type, id);
    clnrm_frame_put_u32(&w, value);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

static inline void send_text(struct room *room, uint8_t type, uint32_t id, const void *data,
                             size_t len)
{
    struct clnrm_buf b = {.max = 2 << 20};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, type, id);
    clnrm_frame_put_text(&w, data, len);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

static inline void send_empty(struct room *room, uint8_t type, uint32_t id)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, type, id);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

/* CLOSE and its answer.  Returns how many processes were killed by it. */
static inline uint32_t close_plain(struct room *room)
{
    struct clnrm_frame f;
    send_empty(room, CLNRM_FRAME_CLOSE, 0);
    do
        if (!next_frame(room, &f, PATIENCE_MS))
            fail_msg("the agent went away without CLOSED");
    while (f.type != CLNRM_FRAME_CLOSED);
    struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
    uint32_t killed = clnrm_frame_get_u32(&r);
    assert_int_equal(clnrm_frame_done(&r), 0);
    assert_int_equal(end_room(room), 0);
    return killed;
}

struct command {
    struct clnrm_spawn_spec spec;
    struct clnrm_slice argv[16], env[4];
};

/* A spec for `sh -c script`; the caller may change it before it is sent. */
static inline struct command *shell(struct command *c, const char *script)
{
    *c = (struct command){
        .spec = {.filter = CLNRM_NO_FILTER, .credit = 1 << 20, .argc = 3, .envc = 1}};
    c->argv[0] = clnrm_slice_of("sh");
    c->argv[1] = clnrm_slice_of("-c");
    c->argv[2] = clnrm_slice_of(script);
    c->env[0] = clnrm_slice_of("PATH=/usr/bin:/bin:/usr/sbin");
    c->spec.argv = c->argv;
    c->spec.env = c->env;
    c->spec.cwd = clnrm_slice_of("/room");
    return c;
}

static inline void send_spawn(struct room *room, const struct clnrm_spawn_spec *spec, uint32_t id)
{
    struct clnrm_buf b = {.max = 2 << 20};
    assert_int_equal(clnrm_spawn_spec_write(spec, id, &b), 0);
    send_buf(room, &b);
}

/* Feeds one frame of operation `id` into `o`.  Returns true when it was the last. */
static inline bool take_frame(struct room *room, const struct clnrm_frame *f, struct outcome *o)
{
    struct clnrm_frame_reader r = clnrm_frame_read(f->payload);
    struct clnrm_slice bytes;
    switch (f->type) {
    case CLNRM_FRAME_STARTED:
        o->started = true;
        o->pid = clnrm_frame_get_u32(&r);
        break;
    case CLNRM_FRAME_STDOUT:
    case CLNRM_FRAME_STDERR:
        bytes = clnrm_frame_get_text(&r);
        assert_int_equal(
            clnrm_buf_add(f->type == CLNRM_FRAME_STDOUT ? &o->out : &o->err, bytes.data, bytes.len),
            0);
        send_u32(room, CLNRM_FRAME_CREDIT, f->id, (uint32_t)bytes.len);
        break;
    case CLNRM_FRAME_EXIT:
        assert_int_equal(clnrm_exit_read(f->payload, &o->exit), 0);
        copy_slice(o->names, sizeof(o->names), o->exit.leak_names);
        return true;
    case CLNRM_FRAME_DONE:
        o->done = true;
        o->error = clnrm_frame_get_u32(&r);
        copy_slice(o->stage, sizeof(o->stage), clnrm_frame_get_text(&r));
        copy_slice(o->what, sizeof(o->what), clnrm_frame_get_text(&r));
        assert_int_equal(clnrm_frame_done(&r), 0);
        return true;
    default:
        break; /* CREDIT for stdin, NOTE */
    }
    return false;
}

static inline void await(struct room *room, uint32_t id, struct outcome *o)
{
    struct clnrm_frame f;
    o->out.max = o->err.max = 8 << 20;
    do
        if (!next_frame(room, &f, PATIENCE_MS))
            fail_msg("the agent went away during operation %u", id);
    while (f.id != id || !take_frame(room, &f, o));
}

static inline void free_outcome(struct outcome *o)
{
    clnrm_buf_free(&o->out);
    clnrm_buf_free(&o->err);
}

/* Runs a command to its end. */
static inline void run_command(struct room *room, struct command *c, struct outcome *o)
{
    static uint32_t id = 1000;
    *o = (struct outcome){0};
    send_spawn(room, &c->spec, ++id);
    await(room, id, o);
}

static inline const char *text_of(struct clnrm_buf *b)
{
    assert_int_equal(clnrm_buf_add(b, "", 1), 0);
    b->len--;
    return b->data;
}

/* STAT in a view. */
static inline void send_stat(struct room *room, uint32_t view, uint32_t id, const char *path)
{
    struct clnrm_buf b = {.max = 8192};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, CLNRM_FRAME_STAT, id);
    clnrm_frame_put_u32(&w, view);
    clnrm_frame_put_text(&w, path, strlen(path));
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

/* RELAY, DIAL, or a PROBE for anybody's port. */
static inline void send_address(struct room *room, uint8_t type, uint32_t id,
                                const struct clnrm_address *at)
{
    struct clnrm_buf b = {.max = 4096};
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &b, type, id);
    clnrm_address_put(&w, at);
    if (type == CLNRM_FRAME_PROBE)
        clnrm_frame_put_u32(&w, 0);
    assert_int_equal(clnrm_frame_end(&w), 0);
    send_buf(room, &b);
}

/* What came back for one operation: FILE, DATA, DONE. */
struct answer {
    char kind; /* 0: no FILE came */
    uint32_t mode, error;
    uint64_t size;
    char stage[64], what[256];
    struct clnrm_buf data;
};

static inline void await_answer(struct room *room, uint32_t id, struct answer *a)
{
    struct clnrm_frame f;
    *a = (struct answer){.data.max = 16 << 20};
    for (;;) {
        assert_true(next_frame(room, &f, PATIENCE_MS));
        assert_int_equal(f.id, id);
        struct clnrm_frame_reader r = clnrm_frame_read(f.payload);
        if (f.type == CLNRM_FRAME_FILE) {
            a->kind = (char)clnrm_frame_get_u8(&r);
            a->mode = clnrm_frame_get_u32(&r);
            a->size = clnrm_frame_get_u64(&r);
        } else if (f.type == CLNRM_FRAME_DATA) {
            struct clnrm_slice bytes = clnrm_frame_get_text(&r);
            assert_int_equal(clnrm_buf_add(&a->data, bytes.data, bytes.len), 0);
            send_u32(room, CLNRM_FRAME_CREDIT, id, (uint32_t)bytes.len);
        } else {
            assert_int_equal(f.type, CLNRM_FRAME_DONE);
            a->error = clnrm_frame_get_u32(&r);
            copy_slice(a->stage, sizeof(a->stage), clnrm_frame_get_text(&r));
            copy_slice(a->what, sizeof(a->what), clnrm_frame_get_text(&r));
            assert_int_equal(clnrm_frame_done(&r), 0);
            return;
        }
        assert_int_equal(clnrm_frame_done(&r), 0);
    }
}

/* Runs `sh -c script` and returns its exit code; stdout goes to `out` as text. */
static inline int run_shell(struct room *room, const char *script, char *out, size_t size)
{
    struct command c;
    struct outcome o;
    run_command(room, shell(&c, script), &o);
    if (o.done)
        fail_msg("sh could not be started: %s %s: %s", o.stage, o.what, strerror((int)o.error));
    snprintf(out, size, "%s", text_of(&o.out));
    int code = o.exit.kind == CLNRM_EXITED ? (int)o.exit.value : 128 + (int)o.exit.value;
    free_outcome(&o);
    return code;
}

#endif
