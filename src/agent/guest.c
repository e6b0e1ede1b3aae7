/* guest.c -- see guest.h for the contract; how it is started stands in base/room.h.
 *
 * As the first process it ends the room with its stream; beside a first process of others it adopts
 * the orphans of its own descendants and touches nobody else.  Before it has seen the key it tells
 * nothing, starts nothing, and lives for a minute at most. */
#include "agent/guest.h"
#include "agent/isolate.h"
#include "agent/ready.h"
#include "agent/serve.h"
#include "agent/sys.h"
#include "base/base.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#define KEY_VARIABLE "CLNRM_AGENT_KEY"

enum { SECONDS = 60, SECONDS_MAX = 3600, PROC_MAGIC = 0x9fa0, CAP_SYS_PTRACE = 19 };

struct guest {
    struct clnrm_agent *agent;
    const char *socket, *key_file; /* NULL: stdio; the environment */
    uint64_t until_us;             /* when there must have been a host */
    int signals;
    char key[CLNRM_KEY_MAX + 2];
    size_t key_len;
};

/* Whoever started it sees this when nothing is connected yet.  Returns the exit status. */
__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
    char text[512] = "clnrm-agent: ";
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + len, sizeof(text) - len - 1, format, args);
    va_end(args);
    len = strlen(text);
    text[len++] = '\n';
    ssize_t written = write(2, text, len);
    (void)written; /* the exit status says it as well */
    return CLNRM_SERVE_REFUSED;
}

/* ---- what it is before anybody is there ---- */

static bool read_arguments(struct guest *g, int argc, char **argv)
{
    unsigned long seconds = SECONDS;
    bool serves = strcmp(argv[1], "serve") == 0;
    int at = 2;
    if (!serves && strcmp(argv[1], "stdio") != 0)
        return false;
    if (serves && argc < 4)
        return false;
    if (serves)
        g->socket = argv[at++];
    if (at < argc && strcmp(argv[at], "-") != 0)
        g->key_file = argv[at];
    at += at < argc;
    if (at < argc) {
        char *end;
        seconds = strtoul(argv[at++], &end, 10);
        if (*end || seconds == 0 || seconds > SECONDS_MAX)
            return false;
    }
    g->until_us = clnrm_now_us() + seconds * 1000000;
    return at == argc;
}

/* Descriptors from 3 on are nobody's here, whoever left them open. */
static void close_others(void)
{
    if (clnrm_sys_close_from(3) < 0)
        for (int fd = 3; fd < 65536; fd++) /* before Linux 5.9, or forbidden */
            close(fd);
}

/* What libc keeps for itself and does not let be set; a monitor may leave them ignored. */
static void reset_signals_of_libc(void)
{
    static const unsigned long as_default[8]; /* the kernel's sigaction is shorter */
    for (int number = 32; number <= 34; number++)
        syscall(SYS_rt_sigaction, number, as_default, NULL, _NSIG / 8);
}

/* Signals as at the start of a program, for the commands; none for itself but by the descriptor. */
static int take_signals(void)
{
    sigset_t all, some;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    reset_signals_of_libc();
    signal(SIGPIPE, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&some);
    sigaddset(&some, SIGCHLD);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGINT);
    return signalfd(-1, &some, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reads the key and takes it away from whoever comes later. */
static int read_key(struct guest *g)
{
    struct stat st;
    char *variable = getenv(KEY_VARIABLE);
    if (!g->key_file && !variable)
        return complain("there is neither a key file nor " KEY_VARIABLE);
    if (variable) {
        g->key_len = strlen(variable) < sizeof(g->key) ? strlen(variable) : sizeof(g->key);
        memcpy(g->key, variable, g->key_len);
        memset(variable, 0, strlen(variable));
        unsetenv(KEY_VARIABLE);
    }
    if (g->key_file) {
        int fd = open(g->key_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
            return complain("%s: %s", g->key_file, fd < 0 ? strerror(errno) : "not a plain file");
        ssize_t n = read(fd, g->key, sizeof(g->key));
        close(fd);
        g->key_len = n > 0 ? (size_t)n : 0;
        if (unlink(g->key_file) < 0)
            return complain("%s cannot be removed: %s", g->key_file, strerror(errno));
    }
    if (g->key_len > 0 && g->key[g->key_len - 1] == '\n')
        g->key_len--;
    if (g->key_len < CLNRM_KEY_MIN || g->key_len > CLNRM_KEY_MAX)
        return complain("the key has %zu bytes, not %u to %u", g->key_len, CLNRM_KEY_MIN,
                        CLNRM_KEY_MAX);
    return 0;
}

/* ---- waiting for the host ---- */

/* Waits until `fd` is readable.  Returns 0, or the exit status to end with. */
static int wait_for(const struct guest *g, int fd)
{
    for (;;) {
        uint64_t now = clnrm_now_us();
        struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = g->signals, .events = POLLIN}};
        if (now >= g->until_us)
            return complain("nobody has joined in time");
        int ready = poll(p, 2, (int)((g->until_us - now) / 1000) + 1);
        if (ready < 0 && errno != EINTR)
            return complain("poll: %s", strerror(errno));
        if (ready > 0 && p[1].revents) {
            struct signalfd_siginfo info;
            while (read(g->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
                if (info.ssi_signo != SIGCHLD && (getpid() != 1 || info.ssi_pid == 0))
                    return CLNRM_SERVE_REFUSED;
            while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
                ;
        }
        if (ready > 0 && p[0].revents)
            return 0;
    }
}

/* Takes the one connection that there is; the socket is gone afterwards. */
static int accept_host(struct guest *g)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(g->socket) >= sizeof(name.sun_path))
        return complain("%s: the name is too long", g->socket);
    memcpy(name.sun_path, g->socket, strlen(g->socket));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
    umask(mask);
    if (!bound || listen(fd, 1) < 0)
        return complain("%s: %s", g->socket, strerror(errno));
    int client = -1, status = 0;
    while (client < 0 && (status = wait_for(g, fd)) == 0)
        client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    unlink(g->socket);
    close(fd);
    if (status == 0)
        clnrm_channel_open(&g->agent->channel, client);
    return status;
}

/* Moves the stream away from 0 and 1, which are the null device for the commands. */
static int take_stdio(struct guest *g)
{
    int in = fcntl(0, F_DUPFD_CLOEXEC, 3), out = fcntl(1, F_DUPFD_CLOEXEC, 3);
    if (in < 0 || out < 0 || fcntl(in, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(out, F_SETFL, O_NONBLOCK) < 0)
        return complain("stdin and stdout: %s", strerror(errno));
    struct stat a, b;
    bool is_one = fstat(in, &a) == 0 && fstat(out, &b) == 0 && S_ISSOCK(a.st_mode) &&
                  a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    if (is_one) { /* and descriptors can come with it */
        close(out);
        out = in;
    }
    clnrm_channel_open_pair(&g->agent->channel, in, out);
    return 0;
}

static int null_stdio(struct clnrm_refusal *why)
{
    struct stat st;
    int fd = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return clnrm_refuse(why, errno, "descriptors", "/dev/null");
    bool is_null = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
    for (int i = 0; is_null && i < 3; i++)
        if (dup2(fd, i) < 0)
            is_null = false;
    close(fd);
    return is_null ? 0 : clnrm_refuse(why, ENXIO, "descriptors", "/dev/null is another file");
}

/* Reads JOIN; more frames may lie behind it already. */
static int read_join(struct guest *g, struct clnrm_refusal *why)
{
    struct clnrm_channel *ch = &g->agent->channel;
    struct clnrm_frame frame;
    struct clnrm_slice half, key = {g->key, g->key_len};
    int got, status;
    while ((got = clnrm_channel_take(ch, &frame)) == 0) {
        if ((status = wait_for(g, ch->fd)) != 0)
            return status;
        long n = clnrm_channel_fill(ch);
        if (n == 0 || (n < 0 && n != -EAGAIN && n != -EINTR))
            return CLNRM_SERVE_REFUSED; /* the host went away before it said anything */
    }
    if (got < 0 || frame.type != CLNRM_FRAME_JOIN || frame.id != 0 ||
        clnrm_join_read(frame.payload, &half) < 0)
        return clnrm_refuse(why, EPROTO, "key", "the first frame brings no key");
    if (!clnrm_key_equal(half, clnrm_key_ask(key)))
        return clnrm_refuse(why, EACCES, "key", "it is not the one of this room");
    return 0;
}

/* ---- what it found ---- */

/* The room's /proc, when it shows the processes that this one sees; else -1. */
static int open_proc(void)
{
    char link[32];
    struct statfs fs;
    int fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, "self", link, sizeof(link) - 1);
    link[n > 0 ? n : 0] = '\0';
    if (n > 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_MAGIC && atoi(link) == getpid())
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void read_file(int proc, const char *name, char *to, size_t size)
{
    int fd = proc < 0 ? -1 : openat(proc, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = '\0';
}

static const char *seccomp_of(const char *status)
{
    const char *at = strstr(status, "\nSeccomp:\t");
    return !at ? "not known" : at[10] == '0' ? "none" : at[10] == '2' ? "a filter" : "strict";
}

static void tell_groups(char *to, size_t size)
{
    gid_t groups[128];
    int count = getgroups(128, groups);
    size_t len = (size_t)snprintf(to, size, "%s", count > 0 ? "" : "none");
    for (int i = 0; i < count && len < size; i++)
        len += (size_t)snprintf(to + len, size - len, "%s%u", i ? " " : "", groups[i]);
}

static void ready(const struct guest *g)
{
    static char status[8192], cgroup[4096];
    char ids[64], groups[1024], rights[32], pid[64];
    struct statvfs root;
    int proc = g->agent->proc;
    uint64_t held = clnrm_isolate_held();
    bool may_look = held & UINT64_C(1) << CAP_SYS_PTRACE;
    read_file(proc, "self/status", status, sizeof(status));
    read_file(proc, "self/cgroup", cgroup, 300);
    cgroup[strcspn(cgroup, "\n")] = '\0';
    snprintf(ids, sizeof(ids), "uid %u, gid %u", geteuid(), getegid());
    tell_groups(groups, sizeof(groups));
    snprintf(rights, sizeof(rights), "%016llx", (unsigned long long)held);
    snprintf(pid, sizeof(pid), getpid() == 1 ? "%d: the first" : "%d: beside the first of others",
             (int)getpid());
    bool is_ro = statvfs("/", &root) == 0 && root.f_flag & ST_RDONLY;
    int privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    const struct clnrm_fact facts[] = {
        {"room", "made by others"},
        {"process", pid},
        {"ids", ids},
        {"groups", groups},
        {"capabilities", rights},
        {"seccomp", seccomp_of(status)},
        {"no_new_privs", privileges == 1   ? "yes"
                         : privileges == 0 ? "no"
                                           : "not known"},
        {"root", is_ro ? "read-only" : "writable"},
        {"proc", proc >= 0 ? "the room's own" : "none: who leaves its group is not seen"},
        {"cgroup", *cgroup ? cgroup : "not seen"},
        {"dumpable",
         may_look ? "no, but commands with CAP_SYS_PTRACE may look into the agent" : "no"},
    };
    const struct clnrm_slice key = {g->key, g->key_len};
    clnrm_ready_send(&g->agent->channel, 0, clnrm_key_answer(key), facts,
                     sizeof(facts) / sizeof(facts[0]));
}

/* With the host connected: either READY or REFUSED goes out.  Returns 0, or the exit status. */
static int join(struct guest *g)
{
    struct clnrm_refusal why = {0};
    int status = read_join(g, &why);
    if (status > 0)
        return status;
    if (status == 0 && chdir("/") < 0)
        status = clnrm_refuse(&why, errno, "root", "going there");
    if (status == 0)
        status = null_stdio(&why);
    if (status == 0 && (status = clnrm_isolate_adopt()) < 0)
        clnrm_refuse(&why, status, "capabilities", "which there are");
    if (status == 0 && getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        status = clnrm_refuse(&why, errno, "process", "adopting orphans");
    if (status < 0)
        return clnrm_ready_refuse(&g->agent->channel, &why);
    g->agent->guest = g->agent->unmarked = true;
    g->agent->socket = g->socket;
    g->agent->proc = open_proc();
    ready(g);
    memset(g->key, 0, sizeof(g->key));
    return 0;
}

int clnrm_guest_run(struct clnrm_agent *agent, int argc, char **argv)
{
    struct guest g = {.agent = agent};
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* before there is anything to see */
    agent->proc = -1;
    if (!read_arguments(&g, argc, argv))
        return complain("serve SOCKET KEYFILE|- [SECONDS], or stdio [KEYFILE|- [SECONDS]]");
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return CLNRM_SERVE_REFUSED;
    close_others();
    prctl(PR_SET_NAME, "clnrm-agent", 0, 0, 0);
    if ((g.signals = take_signals()) < 0)
        return complain("signals: %s", strerror(errno));
    int status = read_key(&g);
    if (status == 0)
        status = g.socket ? accept_host(&g) : take_stdio(&g);
    if (status == 0)
        status = join(&g);
    close(g.signals);
    if (status != 0)
        return status;
    status = clnrm_serve(agent);
    clnrm_channel_shut(&agent->channel);
    clnrm_serve_end_all(agent);
    return status;
}
