/* main.c -- the program in a room: a launcher that makes the namespaces, and PID 1 that serves.
 *
 * How it is started stands in base/room.h; in a room that others made: guest.c.  The launcher reads the ROOM frame, makes the namespaces
 * and clones PID 1 as a child of clnrm itself, then exits 0.  Whatever fails is told by one REFUSED
 * frame, and the process ends with 1: there is no half-made room. */
#include "agent/guest.h"
#include "agent/isolate.h"
#include "agent/ready.h"
#include "agent/serve.h"
#include "agent/stand.h"
#include "agent/sys.h"
#include "base/base.h"
#include "base/room.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { CONTROL = 3 };

static struct clnrm_agent agent; /* zeroed; its poll set is large */

static int refused(const struct clnrm_refusal *why)
{
    return clnrm_ready_refuse(&agent.channel, why);
}

/* The first frame, which must be ROOM; more may already lie behind it. */
static int read_room(struct clnrm_room_spec *spec, struct clnrm_refusal *why)
{
    struct clnrm_frame frame;
    int got;
    while ((got = clnrm_channel_take(&agent.channel, &frame)) == 0) {
        long n = clnrm_channel_fill(&agent.channel);
        if (n == 0)
            _exit(CLNRM_SERVE_CLOSED); /* the host went away before it said anything */
        if (n < 0 && n != -EINTR)
            return clnrm_refuse(why, (int)n, "spec", "reading it");
    }
    if (got < 0 || frame.type != CLNRM_FRAME_ROOM || frame.id != 0 ||
        clnrm_room_spec_read(frame.payload, spec) < 0)
        return clnrm_refuse(why, EPROTO, "spec", "the first frame is no room");
    return 0;
}

static void ready(const struct clnrm_room_spec *spec, const struct clnrm_view *v, unsigned pid)
{
    char ids[64], root[96], mounts[96], proc[512];
    snprintf(ids, sizeof(ids), "uid %u, gid %u, setgroups denied", spec->uid, spec->gid);
    snprintf(root, sizeof(root), "%s, %llu bytes, %llu files",
             v->moved ? "a tree of its own" : "read-only tmpfs",
             (unsigned long long)spec->root_size, (unsigned long long)spec->root_inodes);
    snprintf(mounts, sizeof(mounts), "%u read-only, %u writable, %u copies, %u tmpfs", v->bound_ro,
             v->bound_rw, v->overlays, v->tmpfs);
    snprintf(proc, sizeof(proc), "fresh; hidden: %s; read-only: %s", v->masked, v->readonly);
    const struct clnrm_fact done[] = {
        {"namespaces", "user mount pid net ipc uts cgroup"},
        {"ids", ids},
        {"root", root},
        {"mounts", mounts},
        {"proc", *v->masked || *v->readonly ? proc : "none"},
        {"pivot", "the host's root is detached"},
        {"loopback", "up, no other interface"},
        {"keyring", "a new session keyring"},
        {"descriptors", "null devices and the stream of frames"},
        {"privileges", "no_new_privs"},
        {"capabilities", "bounding, ambient and inheritable sets empty; commands have none"},
        {"dumpable", "no"},
    };
    clnrm_ready_send(&agent.channel, pid, (struct clnrm_slice){"", 0}, done,
                     sizeof(done) / sizeof(done[0]));
}

static int host_pidfd = -1;

/* The death signal is of no use when clnrm died before it was set.  The launcher is its child, and
 * clnrm made the stream. */
static bool host_is_parent(void)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(CONTROL, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.pid != getppid())
        return false;
    host_pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0); /* Linux 5.3; else the stream must do */
    return true;
}

static bool host_is_there(void)
{
    char byte;
    struct pollfd p = {.fd = host_pidfd, .events = POLLIN}; /* readable: it has ended */
    bool ended = host_pidfd >= 0 && poll(&p, 1, 0) != 0;
    if (host_pidfd >= 0)
        close(host_pidfd);
    return !ended && recv(CONTROL, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* The number of this process on the host: its own /proc is still mounted. */
static unsigned number_on_host(void)
{
    char link[32];
    ssize_t n = readlink("/proc/self", link, sizeof(link) - 1);
    if (n < 0)
        return 0;
    link[n] = '\0';
    return (unsigned)atoi(link);
}

static int first_process(struct clnrm_room_spec *spec)
{
    struct clnrm_refusal why = {0};
    struct clnrm_view view;
    prctl(PR_SET_NAME, "clnrm-agent", 0, 0, 0); /* the kernel names a memfd by its number */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || !host_is_there())
        return CLNRM_SERVE_CLOSED;
    unsigned pid = number_on_host();
    int status = clnrm_isolate_root(spec, &view, &why);
    if (status == 0)
        status = clnrm_isolate_self(spec, &why);
    if (status == 0 && fcntl(CONTROL, F_SETFL, O_NONBLOCK) < 0)
        status = clnrm_refuse(&why, errno, "descriptors", "the stream of frames");
    if (status < 0)
        return refused(&why);
    agent.proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ready(spec, &view, pid);
    clnrm_room_spec_free(spec);
    return clnrm_serve(&agent);
}

/* No descriptor but 0-2 and the stream lives on, and none of these is missing. */
static int only_our_descriptors(struct clnrm_refusal *why)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return clnrm_refuse(why, errno, "descriptors", "descriptor %d", fd);
    if (fcntl(CONTROL, F_SETFD, FD_CLOEXEC) < 0)
        return clnrm_refuse(why, errno, "descriptors", "the stream of frames");
    if (clnrm_sys_close_from(CONTROL + 1) < 0)
        for (int fd = CONTROL + 1; fd < 65536; fd++) /* before Linux 5.9 */
            close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (clnrm_stand_is_this())
        return clnrm_stand_run(argc > 0 ? argv[0] : "it");
    if (argc > 1)
        return clnrm_guest_run(&agent, argc, argv);
    struct clnrm_refusal why = {0};
    struct clnrm_room_spec spec = {0};
    agent.proc = -1;
    clnrm_channel_open(&agent.channel, CONTROL);
    if (only_our_descriptors(&why) < 0)
        return refused(&why);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* fails for no valid signal */
    if (!host_is_parent())
        return CLNRM_SERVE_CLOSED;
    if (read_room(&spec, &why) < 0 || clnrm_isolate_namespaces(&spec, &why) < 0)
        return refused(&why);
    /* as a child of clnrm, not of this process, which ends now */
    long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0) {
        clnrm_refuse(&why, errno, "namespaces", "the first process");
        return refused(&why);
    }
    if (pid > 0)
        _exit(0);
    _exit(first_process(&spec));
}
