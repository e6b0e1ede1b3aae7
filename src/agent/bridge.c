/* bridge.c -- see bridge.h for the contract. */
#include "agent/bridge.h"
#include "agent/line.h"
#include "agent/port.h"
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct bridge {
    struct clnrm_job job;
    int fd;
    struct clnrm_address to;
    struct clnrm_shaper shaper;
};

struct pair {
    struct clnrm_job job;
    struct bridge *bridge; /* it ends all its pairs before itself */
    bool connecting;       /* fds[1] is not there yet */
    int fds[2];
    struct clnrm_line lines[2]; /* what came from each, and is not yet written to the other */
};

static const struct clnrm_job_kind bridge_kind, pair_kind;

/* ---- connections ---- */

/* One side broke off, so does the other: a reset, not an end. */
static void break_off(struct pair *pair)
{
    const struct linger now = {.l_onoff = 1};
    for (int i = 0; i < 2; i++)
        setsockopt(pair->fds[i], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    clnrm_job_end(&pair->job);
}

/* Whether a piece that came from `line` may be written; else it is told when. */
static bool is_due(struct clnrm_job *job, const struct clnrm_line *line, uint64_t *now)
{
    if (!line->first)
        return false;
    uint64_t due = line->first->due_us;
    if (due && !*now)
        *now = clnrm_now_us();
    if (due <= *now)
        return true;
    if (!job->due_us || due < job->due_us)
        job->due_us = due;
    return false;
}

static void pair_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct pair *pair = (struct pair *)job;
    const struct clnrm_shaper *shaper = &pair->bridge->shaper;
    uint64_t now = 0;
    job->due_us = 0;
    if (pair->connecting)
        clnrm_polls_add(polls, job, pair->fds[1], POLLOUT);
    for (int i = 0; i < 2 && !pair->connecting && !shaper->shape.held; i++) {
        short events = clnrm_line_has_room(&pair->lines[i], shaper) ? POLLIN : 0;
        if (is_due(job, &pair->lines[!i], &now))
            events |= POLLOUT;
        if (events)
            clnrm_polls_add(polls, job, pair->fds[i], events);
    }
}

/* Writes to end `i` what may be written there. */
static bool pass_on(struct pair *pair, int i)
{
    struct clnrm_line *line = &pair->lines[!i];
    return clnrm_line_write(line, pair->fds[i],
                            line->first && line->first->due_us ? clnrm_now_us() : 0);
}

static void end_if_over(struct pair *pair, bool whole)
{
    if (!whole)
        break_off(pair);
    else if (pair->lines[0].told && pair->lines[1].told)
        clnrm_job_end(&pair->job);
}

static void pair_ready(struct clnrm_job *job, int fd, short events)
{
    struct pair *pair = (struct pair *)job;
    struct clnrm_shaper *shaper = &pair->bridge->shaper;
    if (pair->connecting) {
        int error = 0;
        socklen_t len = sizeof(error);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        pair->connecting = false;
        if (error)
            break_off(pair);
        return;
    }
    int i = fd == pair->fds[1];
    struct clnrm_line *from = &pair->lines[i];
    bool whole = true;
    if (pair->lines[!i].first && events & (POLLOUT | POLLERR | POLLHUP))
        whole = pass_on(pair, i);
    if (whole && clnrm_line_has_room(from, shaper) && events & (POLLIN | POLLERR | POLLHUP))
        whole = clnrm_line_read(from, shaper, i, fd, clnrm_now_us()) && pass_on(pair, !i);
    end_if_over(pair, whole);
}

/* What was held back may go on. */
static void pair_due(struct clnrm_job *job)
{
    struct pair *pair = (struct pair *)job;
    job->due_us = 0;
    if (!pair->connecting && !pair->bridge->shaper.shape.held)
        end_if_over(pair, pass_on(pair, 0) && pass_on(pair, 1));
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
    for (int i = 0; i < 2; i++) {
        if (pair->fds[i] >= 0)
            close(pair->fds[i]);
        clnrm_line_free(&pair->lines[i]);
    }
}

static const struct clnrm_job_kind pair_kind = {.want = pair_want,
                                                .ready = pair_ready,
                                                .frame = pair_frame,
                                                .due = pair_due,
                                                .drop = pair_drop};

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
    pair->bridge = bridge;
    pair->fds[0] = client;
    pair->fds[1] = clnrm_port_connect(agent, &bridge->to, &error);
    pair->connecting = error == EINPROGRESS;
    if (bridge->shaper.shape.loss_ppm)
        clnrm_line_begin(&pair->lines[0], &bridge->shaper, clnrm_now_us());
    if (pair->fds[1] < 0 || (error && !pair->connecting))
        break_off(pair);
}

/* ---- listeners ---- */

static void bridge_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    const struct clnrm_agent *agent = job->agent;
    if (((struct bridge *)job)->shaper.shape.held)
        return; /* who connects is in the backlog, and hears nothing */
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
        if (other->kind == &pair_kind && !other->ended &&
            ((struct pair *)other)->bridge == (struct bridge *)job)
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
    struct clnrm_address from = clnrm_address_get_any(&r), to = clnrm_address_get_any(&r);
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

/* What waits goes on at once, and what comes from now on is carried as the new shape says. */
int clnrm_bridge_shape(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t id = clnrm_frame_get_u32(&r);
    struct clnrm_shape shape = clnrm_shape_get(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    struct clnrm_job *job = clnrm_job_find(agent, id);
    struct bridge *bridge = job && job->kind == &bridge_kind ? (struct bridge *)job : NULL;
    char what[32] = "";
    if (bridge) {
        snprintf(what, sizeof(what), "%llu", (unsigned long long)bridge->shaper.held_back);
        clnrm_shaper_set(&bridge->shaper, &shape);
    }
    for (job = agent->jobs; bridge && job; job = job->next)
        if (job->kind == &pair_kind && ((struct pair *)job)->bridge == bridge)
            for (int i = 0; i < 2; i++)
                clnrm_line_hurry(&((struct pair *)job)->lines[i]);
    clnrm_channel_done(&agent->channel, frame->id, bridge ? 0 : EBADF, "shape", what);
    return 0;
}
