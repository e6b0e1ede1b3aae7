/* guest_harness.h -- drives an agent as a guest: in a room that others made, here this machine itself.
 *
 * As the first process it runs in a PID namespace made for it (which needs root), else beside all that
 * runs here: what it must not touch is really there. */
#ifndef CLNRM_TEST_GUEST_HARNESS_H
#define CLNRM_TEST_GUEST_HARNESS_H

#include "agent_harness.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/un.h>

#define KEY "0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210"
#define ANSWER "fedcba9876543210fedcba9876543210"

enum { USER = 1000, CAPS_MAX = 64 };
enum way { SOCKET, PIPES, PAIR };

/* How guests are started; reset by each test's setup. */
static struct {
    enum way way;
    bool first;          /* as PID 1 of a namespace of its own */
    bool no_proc;        /* in which nothing is mounted on /proc */
    bool no_new_calls;   /* and newer calls are forbidden */
    bool no_caps;        /* without capabilities, also for root */
    uint64_t without;    /* these capabilities are not there */
    unsigned uid;        /* 0: as this user */
    const char *seconds; /* NULL: not said */
    const char *key;     /* what is in the key file */
} guest;

struct place {
    char dir[64], socket[80], key[80];
};

static inline void write_key(const char *path, const char *text, unsigned uid)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchown(fd, uid, uid), 0);
    close(fd);
}

static inline void make_place(struct place *p)
{
    unsigned uid = guest.uid ? guest.uid : geteuid();
    *p = (struct place){.dir = "/tmp/clnrm-guest-XXXXXX"};
    assert_non_null(mkdtemp(p->dir));
    assert_int_equal(chown(p->dir, uid, uid), 0);
    snprintf(p->socket, sizeof(p->socket), "%s/s", p->dir);
    snprintf(p->key, sizeof(p->key), "%s/k", p->dir);
    write_key(p->key, guest.key ? guest.key : KEY, uid);
}

/* Removes the place, which must be empty: neither the key nor the socket may be left in it. */
static inline void drop_place(struct place *p)
{
    if (rmdir(p->dir) < 0)
        fail_msg("%s: %s", p->dir, strerror(errno));
}

static inline void drop_capabilities(uint64_t which)
{
    struct {
        uint32_t version;
        int pid;
    } header = {.version = 0x20080522};
    uint32_t data[2][3];
    if (syscall(SYS_capget, &header, data) < 0)
        _exit(95);
    for (int cap = 0; cap < CAPS_MAX; cap++)
        if (which & UINT64_C(1) << cap)
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* fails past the last one */
    for (int i = 0; i < 2; i++)
        for (int set = 0; set < 3; set++)
            data[i][set] &= ~(uint32_t)(which >> 32 * i);
    if (syscall(SYS_capset, &header, data) < 0)
        _exit(94);
}

static inline void become_guest(const struct place *p, int file)
{
    char *argv[6] = {(char *)"clnrm-agent"}, *env[] = {(char *)"SECRET=x", NULL};
    int n = 1;
    argv[n++] = (char *)(guest.way == SOCKET ? "serve" : "stdio");
    if (guest.way == SOCKET)
        argv[n++] = (char *)(uintptr_t)p->socket;
    argv[n++] = (char *)(uintptr_t)p->key;
    argv[n++] = (char *)(uintptr_t)guest.seconds;
    if (guest.first && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                        mount("proc", "/proc", "proc", 0, NULL) < 0))
        _exit(96);
    if (guest.no_proc && umount2("/proc", MNT_DETACH) < 0)
        _exit(93);
    if (guest.no_proc) /* the one below */
        while (umount2("/proc", MNT_DETACH) == 0)
            ;
    if (guest.no_caps || guest.without)
        drop_capabilities(guest.no_caps ? UINT64_MAX : guest.without);
    if (guest.uid && (setgroups(0, NULL) < 0 || setgid(guest.uid) < 0 || setuid(guest.uid) < 0))
        _exit(97);
    static const int newer[] = {SYS_openat2, SYS_close_range, SYS_pidfd_open,
                                SYS_pidfd_send_signal};
    if (guest.no_new_calls)
        deny_calls(newer, LEN(newer), EPERM);
    syscall(SYS_execveat, file, "", argv, env, AT_EMPTY_PATH);
    _exit(99);
}

/* Starts it; nothing is connected for SOCKET. */
static inline void start_guest(struct room *room, const struct place *p)
{
    const char *agent = getenv("CLNRM_AGENT");
    int to[2], from[2], file = agent ? open(agent, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        fail_msg("CLNRM_AGENT does not name the agent");
    *room = (struct room){.in.max = 4 << 20, .fd = -1};
    signal(SIGPIPE, SIG_IGN);
    if (guest.way == PIPES) {
        assert_int_equal(pipe2(to, O_CLOEXEC), 0);
        assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    } else if (guest.way == PAIR) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, from), 0);
        to[0] = from[1];
    }
    int spaces = guest.first ? CLONE_NEWPID | CLONE_NEWNS : 0;
    room->launcher = (pid_t)syscall(SYS_clone, spaces | SIGCHLD, 0, 0, 0, 0);
    assert_true(room->launcher >= 0);
    if (room->launcher == 0) {
        setsid();
        int null = open("/dev/null", O_RDWR);
        dup2(guest.way == SOCKET ? null : to[0], 0);
        dup2(guest.way == SOCKET ? null : from[1], 1);
        if (!getenv("CLNRM_TEST_STDERR"))
            dup2(null, 2);
        open("/etc/passwd", O_RDONLY); /* left open by whoever starts it */
        become_guest(p, file);
    }
    setpgid(room->launcher, room->launcher);
    close(file);
    if (guest.way == SOCKET)
        return;
    if (guest.way == PIPES)
        close(to[0]);
    close(from[1]);
    room->fd = from[0];
    room->to = guest.way == PIPES ? to[1] : 0;
}

/* Connects to its socket; returns -errno when it is not there. */
static inline int try_connect(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static inline void connect_guest(struct room *room, const struct place *p)
{
    uint64_t until = now_us() + PATIENCE_MS * 1000;
    while (guest.way == SOCKET && (room->fd = try_connect(p->socket)) < 0) {
        if (now_us() > until)
            fail_msg("%s: %s", p->socket, strerror(-room->fd));
        usleep(500);
    }
}

static inline void send_join(struct room *room, const char *half)
{
    struct clnrm_buf b = {.max = 4096};
    assert_int_equal(clnrm_join_write(clnrm_slice_of(half), &b), 0);
    send_buf(room, &b);
}

/* A guest that is ready. */
static inline void open_guest(struct room *room)
{
    struct place p;
    char half[33] = "";
    memcpy(half, KEY, 32);
    make_place(&p);
    start_guest(room, &p);
    connect_guest(room, &p);
    send_join(room, half);
    if (!read_ready(room))
        fail_msg("refused: %s: %s", room->refused_step, room->refused_what);
    assert_string_equal(room->answer, ANSWER);
    drop_place(&p);
}

/* A shell command at "/", where every room has a directory. */
static inline struct command *guest_shell(struct command *c, const char *script)
{
    shell(c, script);
    c->spec.cwd = clnrm_slice_of("/");
    return c;
}

static inline int run_in_guest(struct room *room, const char *script, char *out, size_t size)
{
    struct command c;
    struct outcome o;
    run_command(room, guest_shell(&c, script), &o);
    if (o.done)
        fail_msg("sh could not be started: %s %s: %s", o.stage, o.what, strerror((int)o.error));
    snprintf(out, size, "%s", text_of(&o.out));
    int code = o.exit.kind == CLNRM_EXITED ? (int)o.exit.value : 128 + (int)o.exit.value;
    free_outcome(&o);
    return code;
}

#define WAY(name, ...)                                                                             \
    static inline int name(void **state)                                                           \
    {                                                                                              \
        (void)state;                                                                               \
        memset(&guest, 0, sizeof(guest));                                                          \
        __VA_ARGS__;                                                                               \
        return 0;                                                                                  \
    }
WAY(beside, (void)0)
WAY(beside_as_user, guest.uid = USER)
WAY(beside_over_pipes, guest.way = PIPES)
WAY(beside_over_a_pair, guest.way = PAIR)
WAY(first, guest.first = true)
WAY(first_as_user, guest.first = true; guest.uid = USER)
WAY(first_without_rights, guest.first = true; guest.no_caps = true)
WAY(first_over_pipes, guest.first = true; guest.way = PIPES; guest.uid = USER)
WAY(first_on_old_kernel, guest.first = true; guest.no_new_calls = true)

#define IN(f, way)                                                                                 \
    {                                                                                              \
#        f " " #        way, (f), (way), NULL, NULL                                                \
    }
#define IN_BOTH(f) IN(f, beside), IN(f, beside_as_user), IN(f, first), IN(f, first_as_user)
#define IN_ALL(f)                                                                                  \
    IN_BOTH(f), IN(f, beside_over_pipes), IN(f, beside_over_a_pair), IN(f, first_without_rights),  \
        IN(f, first_over_pipes), IN(f, first_on_old_kernel)

#endif
