/* space.c -- see space.h for the contract. */
#include "agent/space.h"
#include "agent/child.h"
#include "agent/isolate.h"
#include "agent/mount.h"
#include "base/base.h"
#include "base/room.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child that makes a space is told, and what it leaves behind.  It may be killed at any time
 * by what runs in the room: only what says `done` counts. */
struct maker {
    int proc;
    uint32_t op_count;
    const struct clnrm_room_op *ops;
    struct clnrm_space made;
    bool done;
    struct clnrm_refusal why;
};

static int keep(struct maker *m, int *slot, int dir, const char *path, int flags)
{
    *slot = openat(dir, path, flags | O_CLOEXEC);
    return *slot < 0 ? clnrm_refuse(&m->why, errno, "space", "%s", path) : 0;
}

static int make_view(void *data)
{
    struct maker *m = data;
    int status = clnrm_child_private_view(m->proc, m->op_count, m->ops, &m->why);
    if (status == 0)
        status = keep(m, &m->made.ns, m->proc, "self/ns/mnt", O_RDONLY);
    if (status == 0)
        status = keep(m, &m->made.root, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    m->done = status == 0;
    _exit(0);
}

static int make_net(void *data)
{
    struct maker *m = data;
    int status = 0;
    if (unshare(CLONE_NEWNET) < 0)
        status = clnrm_refuse(&m->why, errno, "net", "network namespace");
    if (status == 0 && (status = clnrm_isolate_loopback_up()) < 0)
        clnrm_refuse(&m->why, status, "net", "bringing lo up");
    if (status == 0)
        status = keep(m, &m->made.ns, m->proc, "self/ns/net", O_RDONLY);
    m->done = status == 0;
    _exit(0);
}

static void shut(struct clnrm_space *space)
{
    if (space->ns >= 0)
        close(space->ns);
    if (space->root >= 0)
        close(space->root);
}

static void make(struct clnrm_agent *agent, const struct clnrm_frame *frame, struct maker *m,
                 int (*run)(void *))
{
    const char *name = frame->type == CLNRM_FRAME_VIEW ? "view" : "net";
    m->made = (struct clnrm_space){.id = frame->id, .type = frame->type, .ns = -1, .root = -1};
    m->proc = agent->proc;
    if (agent->guest) {
        clnrm_channel_done(&agent->channel, frame->id, EOPNOTSUPP, name, CLNRM_SPACE_NONE);
        return;
    }
    if (agent->space_count == CLNRM_ROOM_SPACES_MAX) {
        clnrm_channel_done(&agent->channel, frame->id, EAGAIN, "limit",
                           "too many views and networks");
        return;
    }
    if (agent->proc < 0) {
        clnrm_channel_done(&agent->channel, frame->id, ENOENT, name, "the room has no /proc");
        return;
    }
    int kept = clnrm_mount_kept(), pid = clnrm_child_clone(run, CLONE_FILES, m);
    if (pid < 0)
        clnrm_refuse(&m->why, pid, name, "a new process");
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (!m->done && !m->why.step)
        clnrm_refuse(&m->why, EINTR, name, "it was killed while it was made");
    if (m->done) {
        agent->spaces[agent->space_count++] = m->made;
    } else {
        shut(&m->made);
        clnrm_mount_forget(kept, true);
    }
    clnrm_channel_done(&agent->channel, frame->id, m->done ? 0 : m->why.error,
                       m->done ? name : m->why.step, m->done ? "" : m->why.what);
}

int clnrm_space_view(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct maker m = {0};
    struct clnrm_room_op *ops;
    if (clnrm_view_spec_read(frame->payload, &m.op_count, &ops) < 0)
        return CLNRM_EPROTO;
    m.ops = ops;
    make(agent, frame, &m, make_view);
    free(ops);
    return 0;
}

int clnrm_space_net(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct maker m = {0};
    if (frame->payload.len)
        return CLNRM_EPROTO;
    make(agent, frame, &m, make_net);
    return 0;
}

const struct clnrm_space *clnrm_space_find(const struct clnrm_agent *agent, uint8_t type,
                                           uint32_t id)
{
    for (int i = 0; i < agent->space_count; i++)
        if (agent->spaces[i].id == id && (type == 0 || agent->spaces[i].type == type))
            return &agent->spaces[i];
    return NULL;
}

int clnrm_space_root(const struct clnrm_agent *agent, uint32_t id)
{
    const struct clnrm_space *view = id ? clnrm_space_find(agent, CLNRM_FRAME_VIEW, id) : NULL;
    if (id && !view)
        return -EBADF; /* not ENOENT, which says something of a file */
    int fd =
        view ? fcntl(view->root, F_DUPFD_CLOEXEC, 3) : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Goes to network `id`; `*home` is what leave() needs, -1 for the room's own. */
static int enter(const struct clnrm_agent *agent, uint32_t id, int *home)
{
    const struct clnrm_space *net = id ? clnrm_space_find(agent, CLNRM_FRAME_NET, id) : NULL;
    *home = -1;
    if (!id)
        return 0;
    if (!net)
        return -EBADF;
    *home = openat(agent->proc, "self/ns/net", O_RDONLY | O_CLOEXEC);
    if (*home < 0)
        return -errno;
    if (setns(net->ns, CLONE_NEWNET) == 0)
        return 0;
    int error = errno;
    close(*home);
    *home = -1;
    return -error;
}

static void leave(int home)
{
    if (home < 0)
        return;
    if (setns(home, CLONE_NEWNET) < 0)
        abort(); /* going on in the wrong network would be worse than an ended room */
    close(home);
}

int clnrm_space_socket(const struct clnrm_agent *agent, uint32_t id, int family, int type,
                       int protocol)
{
    int home, status = enter(agent, id, &home);
    if (status < 0)
        return status;
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    status = fd < 0 ? -errno : fd;
    leave(home);
    return status;
}

int clnrm_space_proc(const struct clnrm_agent *agent, uint32_t id, const char *name)
{
    char path[64];
    int home, status = enter(agent, id, &home);
    if (status < 0)
        return status;
    snprintf(path, sizeof(path), "self/%s", name);
    int fd = agent->proc < 0 ? -1 : openat(agent->proc, path, O_RDONLY | O_CLOEXEC);
    status = fd < 0 ? (agent->proc < 0 ? -ENOENT : -errno) : fd;
    leave(home);
    return status;
}
