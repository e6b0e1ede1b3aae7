/* step_end.c -- a step's output and its end; see step_impl.h for the contract. */
#include "agent/step.h"
#include "agent/step_impl.h"
#include "base/base.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GRACE_US = 50 * 1000, /* what ends by itself this soon after the command was not left behind */
    SWEEP_PAUSE_US = 2000,
    SWEEP_MAX_US = 3 * 1000 * 1000, /* what is not dead by then sleeps in the kernel */
};

void clnrm_step_shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void send_exit(struct clnrm_step *step)
{
    struct clnrm_channel *ch = &step->job.agent->channel;
    if (step->orphan)
        return;
    step->exit.stdout_bytes = step->out.bytes;
    step->exit.stderr_bytes = step->err.bytes;
    step->exit.leak_names = clnrm_slice_of(step->names);
    if (clnrm_exit_write(&step->exit, step->job.id, &ch->out) < 0)
        ch->broken = true;
    ch->urgent = true;
}

static void end_if_drained(struct clnrm_step *step)
{
    bool settled = step->state == CLNRM_STEP_DRAINING;
    if (!settled || (step->out.fd >= 0 && !step->out.dry) || (step->err.fd >= 0 && !step->err.dry))
        return;
    send_exit(step);
    bool keep = step->flags & CLNRM_SPAWN_KEEP_GROUP && !step->discard && !step->exit.timed_out;
    if (keep && clnrm_step_sweep(step, 0) > 0) {
        step->state = CLNRM_STEP_LEFT;
        step->discard = true; /* its pipes are read on, so that it can go on writing */
        clnrm_step_shut(&step->in);
    } else {
        clnrm_job_end(&step->job);
    }
}

static char trash[64 * 1024];

bool clnrm_step_read(struct clnrm_step *step, struct clnrm_stream *stream)
{
    struct clnrm_channel *ch = &step->job.agent->channel;
    long n;
    if (stream->fd < 0)
        return false;
    if (step->discard || step->orphan) {
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
        step->credit -= step->discard || step->orphan ? 0 : (uint64_t)n;
        return true;
    }
    if (n != -EAGAIN && n != -EINTR)
        clnrm_step_shut(&stream->fd);
    return n == -EINTR;
}

/* After the last process of the step: everything that is in the pipes is there now. */
void clnrm_step_drain(struct clnrm_step *step)
{
    if (step->state != CLNRM_STEP_DRAINING)
        return;
    while (clnrm_step_read(step, &step->out))
        ;
    while (clnrm_step_read(step, &step->err))
        ;
    end_if_drained(step);
}

static void settle(struct clnrm_step *step)
{
    step->job.due_us = 0;
    if (step->state == CLNRM_STEP_CLEARING) {
        clnrm_channel_done(&step->job.agent->channel, step->job.id, 0, "cancel", "");
        clnrm_job_end(&step->job);
        return;
    }
    step->state = CLNRM_STEP_DRAINING;
    step->out.dry = step->err.dry = false;
    clnrm_step_drain(step);
}

void clnrm_step_sweep_on(struct clnrm_step *step)
{
    uint64_t now = clnrm_now_us();
    if (clnrm_step_sweep(step, now < step->kill_us ? 0 : SIGKILL) == 0) {
        settle(step);
    } else if (now > step->give_up_us) {
        clnrm_channel_note(&step->job.agent->channel, "unkillable", step->names);
        settle(step);
    } else {
        step->job.due_us = now + SWEEP_PAUSE_US;
    }
}

void clnrm_step_start_sweep(struct clnrm_step *step, enum clnrm_step_state state)
{
    bool at_once = state == CLNRM_STEP_CLEARING || step->discard || step->exit.timed_out;
    step->state = state;
    step->kill_us = clnrm_now_us() + (at_once ? 0 : GRACE_US);
    step->give_up_us = step->kill_us + SWEEP_MAX_US;
    clnrm_step_sweep_on(step);
}

/* The command has ended and is reaped; `others`: the agent has more children. */
static void after_exit(struct clnrm_step *step, bool others)
{
    bool keep = step->flags & CLNRM_SPAWN_KEEP_GROUP && !step->discard && !step->exit.timed_out;
    if (others && !keep)
        clnrm_step_start_sweep(step, CLNRM_STEP_SWEEPING);
    else
        settle(step);
}

static uint64_t micros(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

static void note_exit(struct clnrm_step *step, int status, const struct rusage *usage)
{
    struct clnrm_exit *e = &step->exit;
    e->kind = WIFEXITED(status) ? CLNRM_EXITED : CLNRM_SIGNALLED;
    e->value = (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    e->user_us = micros(usage->ru_utime);
    e->system_us = micros(usage->ru_stime);
    e->max_rss_kb = (uint64_t)usage->ru_maxrss;
    e->duration_us = clnrm_now_us() - step->started_us;
    step->job.due_us = 0;
    step->state = CLNRM_STEP_SWEEPING;
}

/* Something that a sweep killed was never seen in /proc. */
static void note_nameless_leak(struct clnrm_agent *agent)
{
    CLNRM_EACH_STEP(agent, s)
    if (s->state == CLNRM_STEP_SWEEPING && s->give_up_us && clnrm_now_us() >= s->kill_us &&
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
        CLNRM_EACH_STEP(agent, s)
        if (s->state == CLNRM_STEP_RUNNING && s->pid == pid) {
            note_exit(s, status, &usage);
            s->give_up_us = 0; /* not looked at yet */
            known = true;
        }
        orphan |= !known;
        if (!known && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            note_nameless_leak(agent);
    }
    bool others = pid == 0; /* else ECHILD: nothing at all is left */
    CLNRM_EACH_STEP(agent, s)
    {
        if (s->state == CLNRM_STEP_SWEEPING && s->give_up_us == 0)
            after_exit(s, others);
        else if (s->state == CLNRM_STEP_SWEEPING || s->state == CLNRM_STEP_CLEARING)
            clnrm_step_sweep_on(s);
        else if (s->state == CLNRM_STEP_LEFT && orphan && clnrm_step_sweep(s, 0) == 0)
            clnrm_job_end(&s->job);
    }
}
