/* serve.c -- see serve.h for the contract. */
#include "agent/serve.h"
#include "agent/bridge.h"
#include "agent/file.h"
#include "agent/fill.h"
#include "agent/guard.h"
#include "agent/port.h"
#include "agent/space.h"
#include "agent/step.h"
#include "agent/survey.h"
#include "base/base.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>

enum { CLOSE_FLUSH_MS = 5000, CLOSE_REAP_MS = 5000, KEEP_MAX_S = 24 * 3600, GO_ON = -1 };

void clnrm_serve_flush(struct clnrm_channel *ch, int timeout_ms)
{
    uint64_t until = clnrm_now_us() + (uint64_t)timeout_ms * 1000;
    for (;;) {
        clnrm_channel_flush(ch);
        if (ch->broken || ch->out.len == 0 || clnrm_now_us() > until)
            return;
        struct pollfd p = {.fd = ch->out_fd, .events = POLLOUT};
        poll(&p, 1, 100);
    }
}

static int take_filter(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t slot = clnrm_frame_get_u32(&r);
    uint8_t last = clnrm_frame_get_u8(&r);
    struct clnrm_slice part = clnrm_frame_get_text(&r);
    if (clnrm_frame_done(&r) < 0 || slot >= CLNRM_FILTERS_MAX || last > 1 ||
        agent->filter_done[slot])
        return CLNRM_EPROTO;
    struct clnrm_buf *filter = &agent->filters[slot];
    filter->max = CLNRM_FILTER_BYTES_MAX;
    if (clnrm_buf_add(filter, part.data, part.len) < 0)
        return CLNRM_EPROTO;
    if (last && (filter->len == 0 || filter->len % sizeof(struct sock_filter) != 0))
        return CLNRM_EPROTO;
    agent->filter_done[slot] = last;
    return 0;
}

unsigned clnrm_serve_end_all(struct clnrm_agent *agent)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    uint64_t until = clnrm_now_us() + CLOSE_REAP_MS * 1000;
    if (waitpid(-1, NULL, WNOHANG | __WALL) < 0)
        return 0; /* there is nobody */
    unsigned alive = clnrm_step_kill_all(agent);
    if (!agent->guest) {
        while (waitpid(-1, NULL, __WALL | (clnrm_now_us() < until ? 0 : WNOHANG)) > 0)
            ;
        return alive;
    }
    for (int pid; (pid = waitpid(-1, NULL, WNOHANG | __WALL)) >= 0 && clnrm_now_us() < until;)
        if (pid == 0) { /* what it had started meanwhile is ours by now */
            nanosleep(&pause, NULL);
            clnrm_step_kill_all(agent);
        }
    return alive;
}

/* Everything that is alive is killed and reaped before CLOSED is sent. */
static int close_room(struct clnrm_agent *agent)
{
    struct clnrm_frame_writer w;
    unsigned alive = clnrm_serve_end_all(agent);
    clnrm_guard_finish(agent);
    clnrm_frame_begin(&w, &agent->channel.out, CLNRM_FRAME_CLOSED, 0);
    clnrm_frame_put_u32(&w, alive);
    clnrm_channel_end(&agent->channel, &w);
    clnrm_serve_flush(&agent->channel, CLOSE_FLUSH_MS);
    return CLNRM_SERVE_CLOSED;
}

/* The tests in the room are over.  Its owner on the host may now look into it, so the agent becomes
 * an ordinary process; a SIGTERM from outside still ends the room. */
static int keep_room(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    uint32_t seconds = clnrm_frame_get_u32(&r);
    struct clnrm_slice key = clnrm_frame_get_text(&r);
    int fd;
    if (clnrm_frame_done(&r) < 0 || seconds == 0 || seconds > KEEP_MAX_S)
        return CLNRM_EPROTO;
    if (key.len > 0 && (clnrm_channel_take_fds(&agent->channel, &fd, 1) < 0 ||
                        clnrm_door_make(&agent->door, fd, key) < 0))
        return CLNRM_EPROTO;
    bool done = prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
    clnrm_guard_finish(agent); /* nobody will ask at its end */
    if (done)
        agent->keep_until_us = clnrm_now_us() + (uint64_t)seconds * 1000000;
    clnrm_channel_done(&agent->channel, frame->id, done ? 0 : errno, "keep", "");
    return 0;
}

/* The host is gone: the end of the room, unless it is kept. */
static int on_host_gone(struct clnrm_agent *agent)
{
    struct clnrm_channel *ch = &agent->channel;
    if (!agent->keep_until_us)
        return CLNRM_SERVE_CLOSED;
    clnrm_channel_shut(ch);
    clnrm_door_leave(agent);
    return GO_ON;
}

/* What waits to be sent goes out, or is dropped when nobody is there any more. */
static int flush(struct clnrm_agent *agent)
{
    struct clnrm_channel *ch = &agent->channel;
    uint64_t wait_until = clnrm_channel_may_wait(ch);
    if (wait_until && clnrm_now_us() < wait_until)
        return GO_ON;
    if (ch->fd >= 0)
        clnrm_channel_flush(ch);
    int result = ch->broken ? on_host_gone(agent) : GO_ON;
    if (ch->fd < 0) {
        ch->out.len = ch->sent = 0;
        ch->broken = false;
    }
    return result;
}

/* A frame that starts something. */
static int begin(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    bool taken = frame->id == 0 || frame->id & CLNRM_FRAME_AGENT_ID ||
                 clnrm_job_find(agent, frame->id) || clnrm_space_find(agent, 0, frame->id);
    if (taken)
        return CLNRM_EPROTO;
    switch (frame->type) {
    case CLNRM_FRAME_SPAWN:
        return clnrm_step_spawn(agent, frame);
    case CLNRM_FRAME_PUT:
        return clnrm_file_put(agent, frame);
    case CLNRM_FRAME_GET:
        return clnrm_file_get(agent, frame);
    case CLNRM_FRAME_STAT:
        if (agent->guest)
            clnrm_guard_count(agent);
        return clnrm_file_stat(agent, frame);
    case CLNRM_FRAME_SURVEY:
        return clnrm_survey(agent, frame);
    case CLNRM_FRAME_KEEP:
        return keep_room(agent, frame);
    case CLNRM_FRAME_PROBE:
        return clnrm_port_probe(agent, frame);
    case CLNRM_FRAME_RELAY:
        return clnrm_port_relay(agent, frame);
    case CLNRM_FRAME_VIEW:
        return clnrm_space_view(agent, frame);
    case CLNRM_FRAME_NET:
        return clnrm_space_net(agent, frame);
    case CLNRM_FRAME_BRIDGE:
        return clnrm_bridge_open(agent, frame);
    case CLNRM_FRAME_SHAPE:
        return clnrm_bridge_shape(agent, frame);
    case CLNRM_FRAME_FILL:
        return clnrm_fill(agent, frame);
    default:
        return clnrm_port_dial(agent, frame);
    }
}

/* Returns 0, CLNRM_EPROTO, or 1 when the room is to be closed. */
static int on_frame(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_job *job;
    if (agent->door.is_asking)
        return clnrm_door_ask(agent, frame);
    switch (frame->type) {
    case CLNRM_FRAME_FILTER:
        return frame->id ? CLNRM_EPROTO : take_filter(agent, frame);
    case CLNRM_FRAME_SPAWN:
    case CLNRM_FRAME_PUT:
    case CLNRM_FRAME_GET:
    case CLNRM_FRAME_STAT:
    case CLNRM_FRAME_SURVEY:
    case CLNRM_FRAME_KEEP:
    case CLNRM_FRAME_PROBE:
    case CLNRM_FRAME_RELAY:
    case CLNRM_FRAME_DIAL:
    case CLNRM_FRAME_VIEW:
    case CLNRM_FRAME_NET:
    case CLNRM_FRAME_BRIDGE:
    case CLNRM_FRAME_SHAPE:
    case CLNRM_FRAME_FILL:
        return begin(agent, frame);
    case CLNRM_FRAME_STDIN:
    case CLNRM_FRAME_CREDIT:
    case CLNRM_FRAME_SIGNAL:
    case CLNRM_FRAME_CANCEL:
    case CLNRM_FRAME_DATA:
    case CLNRM_FRAME_SIZE:
        job = clnrm_job_find(agent, frame->id);
        return job ? job->kind->frame(job, frame) : 0; /* it has just ended: dropped */
    case CLNRM_FRAME_GUARD:
        return clnrm_guard_take(agent, frame);
    case CLNRM_FRAME_CLOSE:
        return frame->id || frame->payload.len ? CLNRM_EPROTO : 1;
    default:
        return CLNRM_EPROTO;
    }
}

static int take_frames(struct clnrm_agent *agent)
{
    struct clnrm_frame frame;
    int status = 0, got;
    uint8_t type = 0;
    while (status == 0 && (got = clnrm_channel_take(&agent->channel, &frame)) != 0) {
        type = got < 0 ? 0 : frame.type;
        status = got < 0 ? got : on_frame(agent, &frame);
        clnrm_job_sweep(agent);
    }
    if (status > 0)
        return close_room(agent);
    if (status == 0)
        return GO_ON;
    if (agent->door.is_there)
        return on_host_gone(agent); /* a kept room is not ended by who does not know it */
    char what[64];
    snprintf(what, sizeof(what), "a frame of type %u is not well formed here", type);
    clnrm_channel_note(&agent->channel, "protocol", what);
    clnrm_serve_flush(&agent->channel, 200);
    return CLNRM_SERVE_PROTOCOL;
}

/* Only who stands outside the room may end it by a signal: from there the sender's number is 0.  A
 * process inside can queue a signal with a made-up number, but not with the code of kill(2). */
static int on_signals(struct clnrm_agent *agent, int fd)
{
    struct signalfd_siginfo infos[8];
    ssize_t n = read(fd, infos, sizeof(infos));
    for (ssize_t i = 0; i < n / (ssize_t)sizeof(infos[0]); i++) {
        bool outside = (infos[i].ssi_code == SI_USER || infos[i].ssi_code == SI_KERNEL) &&
                       infos[i].ssi_pid == 0;
        outside |= getpid() != 1; /* beside a first process, which ends all by signals */
        if (infos[i].ssi_signo != SIGCHLD && outside)
            return CLNRM_SERVE_CLOSED;
    }
    clnrm_step_reap(agent);
    clnrm_job_sweep(agent);
    return GO_ON;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run_due(struct clnrm_agent *agent)
{
    uint64_t now = 0;
    for (struct clnrm_job *job = agent->jobs; job; job = job->next) {
        if (job->due_us == 0)
            continue;
        if (now == 0)
            now = clnrm_now_us();
        if (job->due_us <= now)
            job->kind->due(job);
    }
    clnrm_job_sweep(agent);
}

/* Waits for something to happen.  Returns false when it cannot wait: a command has lowered the agent's
 * limit of descriptors (prlimit), say.  To end is better than to spin. */
static bool wait_for(struct clnrm_agent *agent, int signals)
{
    struct clnrm_polls *polls = &agent->polls;
    struct clnrm_channel *ch = &agent->channel;
    uint64_t due = agent->keep_until_us, send_at = clnrm_channel_may_wait(ch);
    bool to_send = ch->out.len > 0 && !send_at;
    if (send_at && (due == 0 || send_at < due))
        due = send_at;
    if (agent->door.is_asking && (due == 0 || agent->door.until_us < due))
        due = agent->door.until_us;
    polls->count = 0;
    bool pair = ch->fd != ch->out_fd;
    short in = clnrm_channel_has_room(ch) ? POLLIN : 0, out = to_send ? POLLOUT : 0;
    clnrm_polls_add(polls, NULL, ch->fd, (short)(in | (pair ? 0 : out)));
    clnrm_polls_add(polls, NULL, signals, POLLIN);
    clnrm_polls_add(polls, NULL, pair ? ch->out_fd : -1, out);
    clnrm_polls_add(polls, NULL, clnrm_door_fd(agent), POLLIN);
    for (struct clnrm_job *job = agent->jobs; job; job = job->next) {
        job->kind->want(job, polls);
        if (job->due_us && (due == 0 || job->due_us < due))
            due = job->due_us;
    }
    struct timespec left = {0};
    uint64_t now = due ? clnrm_now_us() : 0;
    if (due > now)
        left = (struct timespec){.tv_sec = (time_t)((due - now) / 1000000),
                                 .tv_nsec = (long)((due - now) % 1000000) * 1000};
    if (ppoll(polls->fds, (nfds_t)polls->count, due ? &left : NULL, NULL) < 0)
        polls->count = 0; /* nothing is known to be ready */
    return polls->count > 0 || errno == EINTR;
}

static int one_turn(struct clnrm_agent *agent, int signals)
{
    struct clnrm_channel *ch = &agent->channel;
    struct clnrm_polls *polls = &agent->polls;
    int result = GO_ON;
    if (flush(agent) != GO_ON)
        return CLNRM_SERVE_CLOSED;
    if (agent->keep_until_us && clnrm_now_us() >= agent->keep_until_us)
        return CLNRM_SERVE_CLOSED;
    if (agent->door.is_asking && clnrm_now_us() >= agent->door.until_us)
        return on_host_gone(agent);
    if (!wait_for(agent, signals))
        return CLNRM_SERVE_REFUSED;
    if (polls->count == 0)
        return GO_ON;
    for (int i = CLNRM_BASE_FDS; i < polls->count; i++)
        if (polls->fds[i].revents && !polls->owners[i]->ended)
            polls->owners[i]->kind->ready(polls->owners[i], polls->fds[i].fd,
                                          polls->fds[i].revents);
    clnrm_job_sweep(agent);
    if (polls->fds[1].revents)
        result = on_signals(agent, signals);
    run_due(agent);
    if (result == GO_ON && polls->fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        long n = clnrm_channel_fill(ch);
        if (n == 0 || (n < 0 && n != -EAGAIN && n != -EINTR))
            return on_host_gone(agent);
        result = take_frames(agent);
    }
    if (result == GO_ON && polls->fds[2].revents & (POLLERR | POLLNVAL))
        return on_host_gone(agent); /* a pipe that nobody reads */
    if (result == GO_ON && polls->fds[3].revents)
        clnrm_door_take(agent);
    return result;
}

int clnrm_serve(struct clnrm_agent *agent)
{
    int signals = open_signals();
    if (signals < 0)
        return CLNRM_SERVE_REFUSED;
    int result = take_frames(agent);
    while (result == GO_ON)
        result = one_turn(agent, signals);
    return result;
}
