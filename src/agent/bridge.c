/* bridge.c -- see bridge.h for the contract. */
#include "agent/bridge.h"
#include "agent/port.h"
#include "base/base.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 16 * 1024 };

struct bridge {
    struct clnrm_job job;
    int fd;
    struct clnrm_address to;
};

/* One end of a connection, with what came from it and is not yet written to the other. */
struct end {
    int fd;
    bool ended; /* it sends no more */
    bool told;  /* and the other end knows */
    size_t at, len;
    char block[BLOCK];
};

struct pair {
    struct clnrm_job job;
    uint32_t bridge; /* id of its bridge */
    bool connecting; /* ends[1] is not there yet */
    struct end ends[2];
};

static const struct clnrm_job_kind bridge_kind, pair_kind;

/* ---- connections ---- */

/* One side broke off, so does the other: a reset, not an end. */
static void break_off(struct pair *pair)
{
    const struct linger now = {.l_onoff = 1};
    for (int i = 0; i < 2; i++)
        setsockopt(pair->ends[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    clnrm_job_end(&pair->job);
}

static void pair_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct pair *pair = (struct pair *)job;
    if (pair->connecting) {
        clnrm_polls_add(polls, job, pair->ends[1].fd, POLLOUT);
        return;
    }
    for (int i = 0; i < 2; i++) {
        const struct end *from = &pair->ends[i], *other = &pair->ends[!i];
        short events =
            (short)((from->len == 0 && !from->ended ? POLLIN : 0) | (other->len > 0 ? POLLOUT : 0));
        if (events)
            clnrm_polls_add(polls, job, from->fd, events);
    }
}

/* Writes what came from `from`, and its end behind it.  Returns false when the connection broke. */
static bool pass_on(struct end *from, const struct end *to)
{
    while (from->len > 0) {
        ssize_t n = send(to->fd, from->block + from->at, from->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        from->at += (size_t)n;
        from->len -= (size_t)n;
    }
    if (from->ended && !from->told) {
        shutdown(to->fd, SHUT_WR);
        from->told = true;
    }
    return true;
}

static bool take_in(struct end *from)
{
    ssize_t n = recv(from->fd, from->block, sizeof(from->block), 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    from->ended = n == 0;
    from->at = 0;
    from->len = (size_t)n;
    return true;
}

static void pair_ready(struct clnrm_job *job, int fd, short events)
{
    struct pair *pair = (struct pair *)job;
    if (pair->connecting) {
        int error = 0;
        socklen_t len = sizeof(error);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        pair->connecting = false;
        if (error)
            break_off(pair);
        return;
    }
    int i = fd == pair->ends[1].fd;
    struct end *from = &pair->ends[i], *other = &pair->ends[!i];
    bool whole = true;
    if (other->len > 0 && events & (POLLOUT | POLLERR | POLLHUP))
        whole = pass_on(other, from);
    if (whole && from->len == 0 && !from->ended && events & (POLLIN | POLLERR | POLLHUP))
        whole = take_in(from) && pass_on(from, other);
    if (!whole)
        break_off(pair);
    else if (from->told && other->told)
        clnrm_job_end(job);
}

static int pair_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    (void)job, (void)frame; /* the host knows no connection: what it may mean has ended */
    return 0;
}

static void pair_drop(struct clnrm_job *job)
{
    struct pair *pair = (struct pair *)job;
    job->agent->bridged--;
    close(pair->ends[0].fd);
    if (pair->ends[1].fd >= 0)
        close(pair->ends[1].fd);
}

static const struct clnrm_job_kind pair_kind = {
    .want = pair_want, .ready = pair_ready, .frame = pair_frame, .drop = pair_drop};

static void carry(struct bridge *bridge, int client)
{
    struct clnrm_agent *agent = bridge->job.agent;
    struct pair *pair = clnrm_job_add(agent, 0, &pair_kind, sizeof(*pair));
    int error;
    if (!pair) {
        close(client);
        return;
    }
    agent->bridged++;
    pair->bridge = bridge->job.id;
    pair->ends[0].fd = client;
    pair->ends[1].fd = clnrm_port_connect(agent, &bridge->to, &error);
    pair->connecting = error == EINPROGRESS;
    if (pair->ends[1].fd < 0 || (error && !pair->connecting))
        break_off(pair);
}

/* ---- listeners ---- */

static void bridge_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    const struct clnrm_agent *agent = job->agent;
    if (agent->bridged < CLNRM_BRIDGE_CONNECTIONS_MAX && agent->job_count < CLNRM_JOBS_MAX)
        clnrm_polls_add(polls, job, ((struct bridge *)job)->fd, POLLIN);
}

static void bridge_ready(struct clnrm_job *job, int fd, short events)
{
    (void)events;
    if (job->agent->bridged >= CLNRM_BRIDGE_CONNECTIONS_MAX)
        return;
    int client = clnrm_port_accept(fd);
    if (client >= 0)
        carry((struct bridge *)job, client);
}

static int bridge_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    if (frame->type != CLNRM_FRAME_CANCEL || frame->payload.len)
        return CLNRM_EPROTO;
    for (struct clnrm_job *other = job->agent->jobs; other; other = other->next)
        if (other->kind == &pair_kind && !other->ended && ((struct pair *)other)->bridge == job->id)
            break_off((struct pair *)other);
    clnrm_job_end(job);
    return 0;
}

static void bridge_drop(struct clnrm_job *job)
{
    close(((struct bridge *)job)->fd);
}

static const struct clnrm_job_kind bridge_kind = {
    .want = bridge_want, .ready = bridge_ready, .frame = bridge_frame, .drop = bridge_drop};

static bool is_same(const struct clnrm_address *a, const struct clnrm_address *b)
{
    return a->net == b->net && a->ip == b->ip && a->port == b->port;
}

int clnrm_bridge_open(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_address from = clnrm_address_get(&r), to = clnrm_address_get(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    int fd = is_same(&from, &to) ? -ELOOP : clnrm_port_listen(agent, &from);
    struct bridge *bridge =
        fd < 0 ? NULL : clnrm_job_add(agent, frame->id, &bridge_kind, sizeof(*bridge));
    if (bridge) {
        bridge->fd = fd;
        bridge->to = to;
    } else if (fd >= 0) {
        close(fd);
        fd = -EAGAIN;
    }
    clnrm_channel_done(&agent->channel, frame->id, fd < 0 ? fd : 0,
                       fd == -EAGAIN ? "limit" : "listen", "");
    return 0;
}
