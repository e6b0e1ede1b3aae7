/* step.c -- see step.h for the contract. */
#include "agent/step.h"
#include "agent/child.h"
#include "agent/stray.h"
#include "base/base.h"
#include "base/room.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GRACE_US = 50 * 1000, /* what ends by itself this soon after the command was not left behind */
    SWEEP_PAUSE_US = 2000,
    SWEEP_MAX_US = 3 * 1000 * 1000, /* what is not dead by then sleeps in the kernel */
    NAMED_MAX = 128,
    LOOKS = 8,
};

enum state {
    RUNNING,  /* the command itself is alive */
    SWEEPING, /* it has ended; what it left behind is being killed */
    DRAINING, /* nothing of it is alive; the pipes still hold bytes */
    LEFT,     /* KEEP_GROUP: EXIT was sent, something of it lives on */
    CLEARING, /* LEFT and cancelled */
};

struct stream {
    int fd; /* -1: read to its end */
    uint8_t type;
    bool dry; /* nothing in it at the last look */
    uint64_t bytes;
};

struct step {
    struct clnrm_job job;
    enum state state;
    pid_t pid; /* also its process group and session */
    uint32_t flags;
    bool discard; /* cancelled: output is read and counted, not sent */
    uint64_t mark, started_us;
    uint64_t kill_us, give_up_us; /* while SWEEPING: when to kill, when to stop looking */
    uint64_t credit;
    struct stream out, err;
    int in;
    bool in_ends;
    struct clnrm_buf input; /* not yet written to `in` */
    struct clnrm_exit exit;
    char names[257];
    int named_count;
    pid_t named[NAMED_MAX]; /* already counted as leaked */
};

#define NOBODYS_MARK UINT64_MAX

static const struct clnrm_job_kind step_kind;

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static struct step *next_step(struct clnrm_job *job)
{
    while (job && (job->kind != &step_kind || job->ended))
        job = job->next;
    return (struct step *)job;
}

#define EACH_STEP(agent, s)                                                                        \
    for (struct step *s = next_step((agent)->jobs); s; s = next_step(s->job.next))

static bool is_alone(const struct step *step)
{
    EACH_STEP(step->job.agent, other)
    if (other != step)
        return false;
    return true;
}

/* ---- what a step left behind ---- */

struct sweep {
    struct step *step;
    bool alone;
    int signal; /* 0: only look */
    unsigned alive;
};

static bool belongs(const struct sweep *s, const struct clnrm_stray *stray)
{
    const struct step *step = s->step;
    if (s->alone)
        return true;
    if (step->mark && stray->mark)
        return step->mark == stray->mark;
    return stray->group == step->pid || stray->session == step->pid;
}

static void name_leak(struct step *step, const struct clnrm_stray *stray)
{
    for (int i = 0; i < step->named_count; i++)
        if (step->named[i] == stray->pid)
            return;
    if (step->named_count < NAMED_MAX)
        step->named[step->named_count++] = stray->pid;
    step->exit.leaked++;
    size_t len = strlen(step->names), more = strlen(stray->name);
    if (len + more + 1 < sizeof(step->names))
        snprintf(step->names + len, sizeof(step->names) - len, "%s%s", len ? "," : "", stray->name);
}

static void on_stray(void *data, const struct clnrm_stray *stray)
{
    struct sweep *s = data;
    if (!stray->alive || !belongs(s, stray))
        return;
    s->alive++;
    if (s->signal == SIGKILL && s->step->state == SWEEPING)
        name_leak(s->step, stray);
    if (s->signal && !s->alone)
        kill(stray->pid, s->signal);
}

/* Whether any process but the agent is there, a zombie included: the kernel's own word. */
static bool is_anybody(void)
{
    return kill(-1, 0) == 0;
}

/* The sweep of a step beside which nothing else may run: /proc gives the names, the kernel says who
 * is there.  What breeds faster than /proc is read cannot hide in the meantime. */
static unsigned sweep_all(struct sweep *s)
{
    if (!is_anybody())
        return 0;
    clnrm_stray_each(s->step->job.agent->proc, on_stray, s);
    if (s->signal)
        kill(-1, s->signal);
    return is_anybody();
}

/* Sends `signal` to every living process of `step`.  Returns how many there are. */
static unsigned sweep(struct step *step, int signal)
{
    struct sweep s = {.step = step, .alone = is_alone(step), .signal = signal};
    if (s.alone)
        return sweep_all(&s);
    int proc = step->job.agent->proc, status = 0;
    unsigned newest = clnrm_stray_newest(proc), before = ~newest;
    for (int i = 0; i < LOOKS && status == 0 && s.alive == 0 && newest != before; i++) {
        before = newest; /* nothing seen counts only while nothing is born */
        status = clnrm_stray_each(proc, on_stray, &s);
        newest = s.alive ? before : clnrm_stray_newest(proc);
    }
    if (status < 0)
        s.alive = kill(-step->pid, 0) == 0; /* no /proc to look at */
    if (s.alive && signal)
        kill(-step->pid, signal); /* all at once: a fork cannot slip between */
    return s.alive;
}

/* ---- the end of a step ---- */

static void send_exit(struct step *step)
{
    struct clnrm_channel *ch = &step->job.agent->channel;
    step->exit.stdout_bytes = step->out.bytes;
    step->exit.stderr_bytes = step->err.bytes;
    step->exit.leak_names = clnrm_slice_of(step->names);
    if (clnrm_exit_write(&step->exit, step->job.id, &ch->out) < 0)
        ch->broken = true;
}

static void end_if_drained(struct step *step)
{
    bool settled = step->state == DRAINING;
    if (!settled || (step->out.fd >= 0 && !step->out.dry) || (step->err.fd >= 0 && !step->err.dry))
        return;
    send_exit(step);
    bool keep = step->flags & CLNRM_SPAWN_KEEP_GROUP && !step->discard && !step->exit.timed_out;
    if (keep && sweep(step, 0) > 0) {
        step->state = LEFT;
        step->discard = true; /* its pipes are read on, so that it can go on writing */
        shut(&step->in);
    } else {
        clnrm_job_end(&step->job);
    }
}

static char trash[64 * 1024];

/* Reads one piece of a stream.  Returns false when there is nothing more to read now. */
static bool read_stream(struct step *step, struct stream *stream)
{
    struct clnrm_channel *ch = &step->job.agent->channel;
    long n;
    if (stream->fd < 0)
        return false;
    if (step->discard) {
        n = read(stream->fd, trash, sizeof(trash));
        n = n < 0 ? -errno : n;
    } else if (step->credit == 0 || !clnrm_channel_has_room(ch)) {
        int waiting = 0; /* without credit an empty pipe still counts as read to its end */
        stream->dry = ioctl(stream->fd, FIONREAD, &waiting) == 0 && waiting == 0;
        return false;
    } else {
        n = clnrm_channel_copy(ch, stream->type, step->job.id, stream->fd, step->credit);
    }
    stream->dry = n == -EAGAIN;
    if (n > 0) {
        stream->bytes += (uint64_t)n;
        step->credit -= step->discard ? 0 : (uint64_t)n;
        return true;
    }
    if (n != -EAGAIN && n != -EINTR)
        shut(&stream->fd);
    return n == -EINTR;
}

/* After the last process of the step: everything that is in the pipes is there now. */
static void drain(struct step *step)
{
    if (step->state != DRAINING)
        return;
    while (read_stream(step, &step->out))
        ;
    while (read_stream(step, &step->err))
        ;
    end_if_drained(step);
}

static void settle(struct step *step)
{
    step->job.due_us = 0;
    if (step->state == CLEARING) {
        clnrm_channel_done(&step->job.agent->channel, step->job.id, 0, "cancel", "");
        clnrm_job_end(&step->job);
        return;
    }
    step->state = DRAINING;
    step->out.dry = step->err.dry = false;
    drain(step);
}

/* One look for what is left, once more a little later until nothing is. */
static void sweep_on(struct step *step)
{
    uint64_t now = clnrm_now_us();
    if (sweep(step, now < step->kill_us ? 0 : SIGKILL) == 0) {
        settle(step);
    } else if (now > step->give_up_us) {
        clnrm_channel_note(&step->job.agent->channel, "unkillable", step->names);
        settle(step);
    } else {
        step->job.due_us = now + SWEEP_PAUSE_US;
    }
}

static void start_sweep(struct step *step, enum state state)
{
    bool at_once = state == CLEARING || step->discard || step->exit.timed_out;
    step->state = state;
    step->kill_us = clnrm_now_us() + (at_once ? 0 : GRACE_US);
    step->give_up_us = step->kill_us + SWEEP_MAX_US;
    sweep_on(step);
}

/* The command has ended and is reaped; `others`: the agent has more children. */
static void after_exit(struct step *step, bool others)
{
    bool keep = step->flags & CLNRM_SPAWN_KEEP_GROUP && !step->discard && !step->exit.timed_out;
    if (others && !keep)
        start_sweep(step, SWEEPING);
    else
        settle(step);
}

static uint64_t micros(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static void note_exit(struct step *step, int status, const struct rusage *usage)
{
    struct clnrm_exit *e = &step->exit;
    e->kind = WIFEXITED(status) ? CLNRM_EXITED : CLNRM_SIGNALLED;
    e->value = (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    e->user_us = micros(usage->ru_utime);
    e->system_us = micros(usage->ru_stime);
    e->max_rss_kb = (uint64_t)usage->ru_maxrss;
    e->duration_us = clnrm_now_us() - step->started_us;
    step->job.due_us = 0;
    step->state = SWEEPING;
}

/* Something that a sweep killed was never seen in /proc. */
static void note_nameless_leak(struct clnrm_agent *agent)
{
    EACH_STEP(agent, s)
    if (s->state == SWEEPING && s->give_up_us && clnrm_now_us() >= s->kill_us &&
        s->exit.leaked == 0)
        s->exit.leaked = 1;
}

void clnrm_step_reap(struct clnrm_agent *agent)
{
    struct rusage usage;
    int status;
    pid_t pid;
    bool orphan = false;
    while ((pid = wait4(-1, &status, WNOHANG | __WALL, &usage)) > 0) {
        bool known = false;
        EACH_STEP(agent, s)
        if (s->state == RUNNING && s->pid == pid) {
            note_exit(s, status, &usage);
            s->give_up_us = 0; /* not looked at yet */
            known = true;
        }
        orphan |= !known;
        if (!known && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            note_nameless_leak(agent);
    }
    bool others = pid == 0; /* else ECHILD: nothing at all is left */
    EACH_STEP(agent, s)
    {
        if (s->state == SWEEPING && s->give_up_us == 0)
            after_exit(s, others);
        else if (s->state == SWEEPING || s->state == CLEARING)
            sweep_on(s);
        else if (s->state == LEFT && orphan && sweep(s, 0) == 0)
            clnrm_job_end(&s->job);
    }
}

unsigned clnrm_step_kill_all(struct clnrm_agent *agent)
{
    struct step none = {.job.agent = agent};
    struct sweep s = {.step = &none, .alone = true};
    clnrm_stray_each(agent->proc, on_stray, &s);
    kill(-1, SIGKILL);
    return s.alive;
}

/* ---- the life of a step ---- */

static void kill_group(struct step *step)
{
    if (step->state == RUNNING) /* not reaped, so the number is still its own */
        kill(-step->pid, SIGKILL);
}

static void step_due(struct clnrm_job *job)
{
    struct step *step = (struct step *)job;
    if (step->state != RUNNING) {
        sweep_on(step);
        return;
    }
    job->due_us = 0;
    step->exit.timed_out = 1;
    kill_group(step);
}

static void step_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct step *step = (struct step *)job;
    bool may_read =
        step->discard || (step->credit > 0 && clnrm_channel_has_room(&job->agent->channel));
    if (may_read && step->out.fd >= 0)
        clnrm_polls_add(polls, job, step->out.fd, POLLIN);
    if (may_read && step->err.fd >= 0)
        clnrm_polls_add(polls, job, step->err.fd, POLLIN);
    if (step->in >= 0 && step->input.len > 0)
        clnrm_polls_add(polls, job, step->in, POLLOUT);
}

static void feed(struct step *step)
{
    size_t done = step->input.len;
    if (step->in >= 0 && step->input.len > 0) {
        ssize_t n = write(step->in, step->input.data, step->input.len);
        if (n >= 0)
            done = (size_t)n;
        else if (errno == EAGAIN || errno == EINTR)
            return;
        else
            shut(&step->in); /* nobody reads it any more */
    }
    if (done > 0)
        clnrm_channel_credit(&step->job.agent->channel, step->job.id, done);
    clnrm_buf_drop(&step->input, done);
    if (step->in_ends && step->input.len == 0)
        shut(&step->in);
}

static void step_ready(struct clnrm_job *job, int fd, short events)
{
    struct step *step = (struct step *)job;
    (void)events;
    if (fd == step->in)
        feed(step);
    else if (fd == step->out.fd)
        read_stream(step, &step->out);
    else if (fd == step->err.fd)
        read_stream(step, &step->err);
    drain(step);
}

static int take_input(struct step *step, struct clnrm_slice bytes)
{
    if (bytes.len == 0) {
        step->in_ends = true;
    } else if (step->in_ends || clnrm_buf_add(&step->input, bytes.data, bytes.len) < 0) {
        return CLNRM_EPROTO; /* past its end, or past the credit */
    }
    feed(step);
    return 0;
}

static void cancel(struct step *step)
{
    step->discard = true;
    if (step->state == RUNNING)
        kill_group(step);
    else if (step->state == LEFT)
        start_sweep(step, CLEARING);
    else
        drain(step);
}

static void send_signal(struct step *step, int number)
{
    if (step->state == RUNNING)
        kill(-step->pid, number);
    else if (step->state == LEFT)
        sweep(step, number);
}

static int step_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    struct step *step = (struct step *)job;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_slice bytes = {0};
    uint32_t number = 0;
    if (frame->type == CLNRM_FRAME_STDIN)
        bytes = clnrm_frame_get_text(&r);
    else if (frame->type == CLNRM_FRAME_CREDIT || frame->type == CLNRM_FRAME_SIGNAL)
        number = clnrm_frame_get_u32(&r);
    if (clnrm_frame_done(&r) < 0)
        return CLNRM_EPROTO;
    switch (frame->type) {
    case CLNRM_FRAME_STDIN:
        return step->flags & CLNRM_SPAWN_STDIN ? take_input(step, bytes) : CLNRM_EPROTO;
    case CLNRM_FRAME_CREDIT:
        step->credit += number;
        drain(step);
        return 0;
    case CLNRM_FRAME_SIGNAL:
        if (number < 1 || number >= NSIG)
            return CLNRM_EPROTO;
        send_signal(step, (int)number);
        return 0;
    case CLNRM_FRAME_CANCEL:
        cancel(step);
        return 0;
    default:
        return CLNRM_EPROTO;
    }
}

static void step_drop(struct clnrm_job *job)
{
    struct step *step = (struct step *)job;
    shut(&step->in);
    shut(&step->out.fd);
    shut(&step->err.fd);
    clnrm_buf_free(&step->input);
}

static const struct clnrm_job_kind step_kind = {
    .want = step_want,
    .ready = step_ready,
    .frame = step_frame,
    .due = step_due,
    .drop = step_drop,
};

/* ---- the start of a step ---- */

/* A pipe whose end `ours` (0 or 1) does not block. */
static int make_pipe(int ends[2], int ours)
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    return fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int make_pipes(struct step *step, int theirs[3])
{
    int ends[2], status;
    theirs[0] = theirs[1] = theirs[2] = 0; /* the null device; 0 is not closed afterwards */
    if (step->flags & CLNRM_SPAWN_STDIN) {
        if ((status = make_pipe(ends, 1)) < 0)
            return status;
        theirs[0] = ends[0];
        step->in = ends[1];
    }
    if ((status = make_pipe(ends, 0)) < 0)
        return status;
    step->out.fd = ends[0];
    theirs[1] = theirs[2] = ends[1];
    if (step->flags & CLNRM_SPAWN_MERGE)
        return 0;
    if ((status = make_pipe(ends, 0)) < 0)
        return status;
    step->err.fd = ends[0];
    theirs[2] = ends[1];
    return 0;
}

static void close_theirs(const int theirs[3])
{
    for (int i = 0; i < 3; i++)
        if (theirs[i] > 2 && (i != 2 || theirs[2] != theirs[1]))
            close(theirs[i]);
}

static int start(struct step *step, const struct clnrm_spawn_spec *spec, struct clnrm_refusal *why)
{
    struct clnrm_agent *agent = step->job.agent;
    const struct clnrm_buf *filter = NULL;
    int theirs[3];
    if (spec->filter != CLNRM_NO_FILTER) {
        if (spec->filter >= CLNRM_FILTERS_MAX || !agent->filter_done[spec->filter])
            return clnrm_refuse(why, ENOENT, "filter", "slot %u is empty", spec->filter);
        filter = &agent->filters[spec->filter];
    }
    int status = make_pipes(step, theirs);
    if (status < 0)
        clnrm_refuse(why, status, "pipe", "pipe");
    struct clnrm_child child = {.spec = spec,
                                .stdio = {theirs[0], theirs[1], theirs[2]},
                                .proc = agent->proc,
                                .filter = filter,
                                .mark = !agent->unmarked};
    step->started_us = clnrm_now_us();
    if (status == 0) {
        status = clnrm_child_start(&child);
        *why = child.why;
    }
    close_theirs(theirs);
    step->pid = child.pid;
    step->mark = child.mark_id;
    EACH_STEP(agent, other) /* the kernel gives numbers out again: who had it has no process left */
    if (other != step && step->mark && other->mark == step->mark)
        other->mark = NOBODYS_MARK;
    return status;
}

int clnrm_step_spawn(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_refusal why = {0};
    struct clnrm_spawn_spec spec;
    if (clnrm_spawn_spec_read(frame->payload, &spec) < 0)
        return CLNRM_EPROTO;
    struct step *step = clnrm_job_add(agent, frame->id, &step_kind, sizeof(*step));
    if (!step) {
        clnrm_spawn_spec_free(&spec);
        clnrm_channel_done(&agent->channel, frame->id, EAGAIN, "limit", "too many operations");
        return 0;
    }
    step->flags = spec.flags;
    step->credit = spec.credit;
    step->in = step->out.fd = step->err.fd = -1;
    step->out.type = CLNRM_FRAME_STDOUT;
    step->err.type = CLNRM_FRAME_STDERR;
    step->input.max = CLNRM_FRAME_WINDOW;
    int status = start(step, &spec, &why);
    if (status < 0) {
        clnrm_channel_done(&agent->channel, frame->id, status, why.step, why.what);
        clnrm_job_end(&step->job);
    } else {
        struct clnrm_frame_writer w;
        clnrm_frame_begin(&w, &agent->channel.out, CLNRM_FRAME_STARTED, frame->id);
        clnrm_frame_put_u32(&w, (uint32_t)step->pid);
        clnrm_channel_end(&agent->channel, &w);
        if (spec.deadline_us)
            step->job.due_us = step->started_us + spec.deadline_us;
    }
    clnrm_spawn_spec_free(&spec);
    return 0;
}
