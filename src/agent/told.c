/* told.c -- see told.h for the contract. */
#include "agent/told.h"
#include "agent/serve.h"
#include "agent/stand.h"
#include "base/base.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/run/clnrm/link" /* of the agent's own socket, where it has one */
#define SOCKET FOLDER "/t"

enum { BACKLOG = 64, TURNS_MAX = 64, WAIT_MS = 30000, PAUSE_MS = 10, FLUSH_MS = 1000 };

/* ---- the agent ---- */

static struct sockaddr_un bound; /* where it listens; "": nowhere */
static ino_t number;             /* of that file */

struct told {
    struct clnrm_job job;
    int fd;
};

/* Takes one of them.  Returns false when there is none. */
static bool hear(struct told *t)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    int fd = accept4(t->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid > 0)
        clnrm_stand_told(t->job.agent, peer.pid);
    /* With the program the container may end, and this agent with all that it has not sent. */
    clnrm_serve_flush(&t->job.agent->channel, FLUSH_MS);
    close(fd);
    return true;
}

static void told_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    if (clnrm_channel_has_room(&job->agent->channel))
        clnrm_polls_add(polls, job, ((struct told *)job)->fd, POLLIN);
}

static void told_ready(struct clnrm_job *job, int fd, short events)
{
    (void)fd;
    (void)events;
    for (int i = 0; i < TURNS_MAX && hear((struct told *)job); i++)
        ;
}

static int told_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    (void)job;
    (void)frame;
    return CLNRM_EPROTO;
}

static void told_drop(struct clnrm_job *job)
{
    close(((struct told *)job)->fd);
}

static const struct clnrm_job_kind told_kind = {
    .want = told_want, .ready = told_ready, .frame = told_frame, .drop = told_drop};

/* Its own folder is beside the socket at which it was joined, in containers the same as programs
 * look for.  Everybody may go through it, and only its owner look into it. */
static int open_folder(const char *joined)
{
    bound = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (joined) {
        const char *slash = strrchr(joined, '/');
        snprintf(bound.sun_path, sizeof(bound.sun_path), "%.*s/t",
                 slash ? (int)(slash - joined) : 1, slash ? joined : ".");
    } else if ((mkdir("/run", 0755) < 0 && errno != EEXIST) ||
               (mkdir("/run/clnrm", 0755) < 0 && errno != EEXIST) ||
               (mkdir(FOLDER, 0711) < 0 && errno != EEXIST)) {
        return -errno;
    } else {
        memcpy(bound.sun_path, SOCKET, sizeof(SOCKET));
    }
    char folder[sizeof(bound.sun_path)];
    snprintf(folder, sizeof(folder), "%s", bound.sun_path);
    *strrchr(folder, '/') = '\0';
    return chmod(folder, 0711) < 0 ? -errno : 0;
}

static int listen_there(void)
{
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    unlink(bound.sun_path); /* of an agent that was here before */
    mode_t mask = umask(0);
    int status = bind(fd, (const void *)&bound, sizeof(bound)) < 0 ? -errno : 0;
    umask(mask);
    if (status == 0 && (listen(fd, BACKLOG) < 0 || lstat(bound.sun_path, &st) < 0))
        status = -errno;
    if (status < 0) {
        close(fd);
        return status;
    }
    number = st.st_ino;
    return fd;
}

int clnrm_told_serve(struct clnrm_agent *agent)
{
    int status = open_folder(agent->socket);
    int fd = status < 0 ? status : listen_there();
    if (fd < 0)
        return fd;
    struct told *t = clnrm_job_add(agent, 0, &told_kind, sizeof(*t));
    if (!t) {
        close(fd);
        return -EAGAIN;
    }
    t->fd = fd;
    return 0;
}

void clnrm_told_finish(struct clnrm_agent *agent)
{
    struct stat st;
    if (number && (lstat(bound.sun_path, &st) < 0 || st.st_ino != number))
        clnrm_guard_note(agent, CLNRM_REPORT_SOCKET_GONE, NULL, bound.sun_path);
    number = 0;
}

/* ---- the program ---- */

void clnrm_told_tell(void)
{
    const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int waited = 0; fd >= 0 && waited < WAIT_MS; waited += PAUSE_MS) {
        if (connect(fd, (const void *)&name, sizeof(name)) == 0) {
            struct pollfd p = {.fd = fd, .events = POLLIN};
            poll(&p, 1, WAIT_MS); /* it closes when it has looked */
            break;
        }
        if (errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN)
            break;
        nanosleep(&pause, NULL); /* it may be about to come beside a first process */
    }
    if (fd >= 0)
        close(fd);
}
