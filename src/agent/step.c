/* step.c -- the start and the life of a step; see step.h for the contract. */
#include "agent/step.h"
#include "agent/child.h"
#include "agent/space.h"
#include "agent/step_impl.h"
#include "agent/stray.h"
#include "agent/watch.h"
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODYS_MARK UINT64_MAX

static void kill_group(struct clnrm_step *step)
{
    if (step->state == CLNRM_STEP_RUNNING) /* not reaped, so the number is still its own */
        kill(-step->pid, SIGKILL);
}

static void step_due(struct clnrm_job *job)
{
    struct clnrm_step *step = (struct clnrm_step *)job;
    if (step->state != CLNRM_STEP_RUNNING) {
        clnrm_step_sweep_on(step);
        return;
    }
    job->due_us = 0;
    step->exit.timed_out = 1;
    kill_group(step);
}

static void step_want(struct clnrm_job *job, struct clnrm_polls *polls)
{
    struct clnrm_step *step = (struct clnrm_step *)job;
    bool may_read = step->discard || step->orphan ||
                    (step->credit > 0 && clnrm_channel_has_room(&job->agent->channel));
    if (may_read && step->out.fd >= 0)
        clnrm_polls_add(polls, job, step->out.fd, POLLIN);
    if (may_read && step->err.fd >= 0)
        clnrm_polls_add(polls, job, step->err.fd, POLLIN);
    if (step->in >= 0 && step->input.len > 0)
        clnrm_polls_add(polls, job, step->in, POLLOUT);
}

static void feed(struct clnrm_step *step)
{
    size_t done = step->input.len;
    if (step->in >= 0 && step->input.len > 0) {
        ssize_t n = write(step->in, step->input.data, step->input.len);
        if (n >= 0)
            done = (size_t)n;
        else if (errno == EAGAIN || errno == EINTR)
            return;
        else
            clnrm_step_shut(&step->in); /* nobody reads it any more */
    }
    if (done > 0)
        clnrm_channel_credit(&step->job.agent->channel, step->job.id, done);
    clnrm_buf_drop(&step->input, done);
    if (step->in_ends && step->input.len == 0)
        clnrm_step_shut(&step->in);
}

static void step_ready(struct clnrm_job *job, int fd, short events)
{
    struct clnrm_step *step = (struct clnrm_step *)job;
    (void)events;
    if (fd == step->in)
        feed(step);
    else if (fd == step->out.fd)
        clnrm_step_read(step, &step->out);
    else if (fd == step->err.fd)
        clnrm_step_read(step, &step->err);
    clnrm_step_drain(step);
}

static int take_input(struct clnrm_step *step, struct clnrm_slice bytes)
{
    if (bytes.len == 0) {
        step->in_ends = true;
    } else if (step->in_ends || clnrm_buf_add(&step->input, bytes.data, bytes.len) < 0) {
        return CLNRM_EPROTO; /* past its end, or past the credit */
    }
    feed(step);
    return 0;
}

/* Counts what the host sends to a command that nothing has ended yet.  A zombie takes signals, too,
 * and so does what the kernel is about to end: neither ended by them. */
static void count_signal(struct clnrm_step *step)
{
    siginfo_t info = {.si_pid = 0};
    int status = waitid(P_PID, (id_t)step->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    if (status == 0 && info.si_pid == 0 && !clnrm_stray_is_ending(step->job.agent->proc, step->pid))
        step->exit.signals++;
}

static void cancel(struct clnrm_step *step)
{
    step->discard = true;
    if (step->state == CLNRM_STEP_RUNNING) {
        count_signal(step);
        kill_group(step);
    } else if (step->state == CLNRM_STEP_LEFT) {
        clnrm_step_start_sweep(step, CLNRM_STEP_CLEARING);
    } else {
        clnrm_step_drain(step);
    }
}

/* To its group, as a terminal would; to stop it and to go on is meant for every process of it. */
static void send_signal(struct clnrm_step *step, int number)
{
    bool is_running = step->state == CLNRM_STEP_RUNNING, is_left = step->state == CLNRM_STEP_LEFT;
    if (is_running)
        count_signal(step);
    if (number == SIGSTOP && is_running)
        clnrm_step_sweep(step, number); /* once more below: for what was born meanwhile */
    if (is_left || (is_running && (number == SIGSTOP || number == SIGCONT)))
        clnrm_step_sweep(step, number);
    else if (is_running)
        kill(-step->pid, number);
}

void clnrm_step_orphan_all(struct clnrm_agent *agent, bool ends)
{
    CLNRM_EACH_STEP(agent, step)
    {
        if (ends && !step->orphan && !(step->flags & CLNRM_SPAWN_KEEP_GROUP))
            cancel(step);
        step->orphan = true;
    }
}

static int step_frame(struct clnrm_job *job, const struct clnrm_frame *frame)
{
    struct clnrm_step *step = (struct clnrm_step *)job;
    struct clnrm_frame_reader r = clnrm_frame_read(frame->payload);
    struct clnrm_slice bytes = {0};
    uint32_t number = 0;
    if (frame->type == CLNRM_FRAME_SIZE)
        return clnrm_step_size(step, &r);
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
        clnrm_step_drain(step);
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
    struct clnrm_step *step = (struct clnrm_step *)job;
    clnrm_step_shut(&step->in);
    clnrm_step_shut(&step->out.fd);
    clnrm_step_shut(&step->err.fd);
    clnrm_buf_free(&step->input);
}

const struct clnrm_job_kind clnrm_step_kind = {
    .want = step_want,
    .ready = step_ready,
    .frame = step_frame,
    .due = step_due,
    .drop = step_drop,
};

/* ---- the start of a step ---- */

/* Finds the namespaces that the command is to join. */
static int find_spaces(const struct clnrm_agent *agent, const struct clnrm_spawn_spec *spec,
                       struct clnrm_child *child, struct clnrm_refusal *why)
{
    if (agent->guest && (spec->view || spec->op_count))
        return clnrm_refuse(why, EOPNOTSUPP, "view", CLNRM_SPACE_NONE);
    if (agent->guest && spec->net)
        return clnrm_refuse(why, EOPNOTSUPP, "net", CLNRM_SPACE_NONE);
    if (agent->guest && spec->hostname.len)
        return clnrm_refuse(why, EOPNOTSUPP, "hostname", "the room was made by others");
    if (agent->guest && spec->groups)
        return clnrm_refuse(why, EOPNOTSUPP, "cgroup", "the room was made by others");
    const struct clnrm_space *view = clnrm_space_find(agent, CLNRM_FRAME_VIEW, spec->view);
    const struct clnrm_space *net = clnrm_space_find(agent, CLNRM_FRAME_NET, spec->net);
    if (spec->view && !view)
        return clnrm_refuse(why, EBADF, "view", "the room has no such view");
    if (spec->net && !net)
        return clnrm_refuse(why, EBADF, "net", "the room has no such network");
    child->view = view ? view->ns : -1;
    child->net = net ? net->ns : -1;
    return 0;
}

/* Tells of a command that was refused before it ran. */
static void note_refused(const struct clnrm_step *step, enum clnrm_report_kind kind,
                         const char *what)
{
    const struct clnrm_who who = {.step = step->job.id};
    clnrm_guard_note(step->job.agent, kind, &who, what);
}

/* A command whose calls nobody answers is ended at once. */
static bool take_listener(struct clnrm_step *step, bool runs, const struct clnrm_ids *ids,
                          struct clnrm_refusal *why)
{
    const struct clnrm_watched of = {.step = step->job.id, .ids = ids};
    int status = clnrm_watch_take(step->job.agent, &of);
    if (status == 0 || !runs)
        return true;
    kill(step->pid, SIGKILL);
    while (waitpid(step->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    clnrm_refuse(why, status, "filter", "the listener of its filter");
    return false;
}

static void note_command(const struct clnrm_step *step, enum clnrm_report_kind kind,
                         const struct clnrm_spawn_spec *spec)
{
    char what[CLNRM_GUARD_TEXT_MAX + 1] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < spec->argc && len < sizeof(what); i++)
        len += (size_t)snprintf(what + len, sizeof(what) - len, "%s%.*s", i ? " " : "",
                                (int)spec->argv[i].len, spec->argv[i].data);
    note_refused(step, kind, what);
}

/* Refuses what must not be run by its name; else the kernel starts what stands in for it. */
static bool is_forbidden(const struct clnrm_step *step, const struct clnrm_spawn_spec *spec)
{
    if (spec->argc == 0 || !clnrm_guard_forbids(step->job.agent, spec->argv[0]))
        return false;
    note_command(step, CLNRM_REPORT_COMMAND, spec);
    return true;
}

static int start(struct clnrm_step *step, const struct clnrm_spawn_spec *spec, const int *groups,
                 struct clnrm_refusal *why)
{
    struct clnrm_agent *agent = step->job.agent;
    const struct clnrm_buf *filter = NULL;
    struct clnrm_ids ids;
    int theirs[3];
    if (spec->filter != CLNRM_NO_FILTER) {
        if (spec->filter >= CLNRM_FILTERS_MAX || !agent->filter_done[spec->filter])
            return clnrm_refuse(why, ENOENT, "filter", "slot %u is empty", spec->filter);
        filter = &agent->filters[spec->filter];
    }
    struct clnrm_child child = {.spec = spec,
                                .proc = agent->proc,
                                .filter = filter,
                                .pass_out = -1,
                                .guest = agent->guest,
                                .mark = !agent->unmarked};
    if (spec->user.kind != CLNRM_USER_SAME) {
        int found = clnrm_user_find(&spec->user, agent->guest, &ids, why);
        if (found < 0)
            return found;
        child.ids = &ids;
    }
    if (agent->guard && filter) {
        child.pass_out = agent->guard->pass_out;
        child.pass = agent->guard->spec.pass;
        child.agent = agent;
    }
    int status = find_spaces(agent, spec, &child, why);
    if (status < 0)
        return status;
    status = clnrm_step_stdio(step, theirs, child.ids, why);
    memcpy(child.stdio, theirs, sizeof(theirs));
    memcpy(child.groups, groups, spec->groups * sizeof(*groups));
    child.group_count = (int)spec->groups;
    step->started_us = clnrm_now_us();
    if (status == 0) {
        status = clnrm_child_start(&child);
        *why = child.why;
    }
    clnrm_step_close_theirs(theirs);
    step->pid = child.pid;
    step->mark = child.mark_id;
    if (child.noexec)
        note_refused(step, CLNRM_REPORT_EXEC, why->what);
    if (child.disallowed)
        note_command(step, CLNRM_REPORT_COMMAND, spec);
    if (child.blind)
        note_command(step, CLNRM_REPORT_SHELL, spec);
    if (child.pass_out >= 0 && !take_listener(step, status == 0, child.ids, why))
        status = -why->error;
    CLNRM_EACH_STEP(agent,
                    other) /* the kernel gives numbers out again: who had it has no process left */
    if (other != step && step->mark && other->mark == step->mark)
        other->mark = NOBODYS_MARK;
    return status;
}

/* Starts the command of `spec` as an operation of its own. */
static void begin(struct clnrm_agent *agent, uint32_t id, const struct clnrm_spawn_spec *spec,
                  const int *groups)
{
    struct clnrm_refusal why = {0};
    struct clnrm_step *step = clnrm_job_add(agent, id, &clnrm_step_kind, sizeof(*step));
    if (!step) {
        clnrm_channel_done(&agent->channel, id, EAGAIN, "limit", "too many operations");
        return;
    }
    step->flags = spec->flags;
    step->credit = spec->credit;
    step->in = step->out.fd = step->err.fd = -1;
    step->out.type = CLNRM_FRAME_STDOUT;
    step->err.type = CLNRM_FRAME_STDERR;
    step->input.max = CLNRM_FRAME_WINDOW;
    int status = agent->guard && is_forbidden(step, spec)
                     ? clnrm_refuse(&why, EACCES, "policy", "it is a disallowed command")
                     : start(step, spec, groups, &why);
    if (status < 0) {
        clnrm_channel_done(&agent->channel, id, status, why.step, why.what);
        clnrm_job_end(&step->job);
        return;
    }
    struct clnrm_frame_writer w;
    clnrm_frame_begin(&w, &agent->channel.out, CLNRM_FRAME_STARTED, id);
    clnrm_frame_put_u32(&w, (uint32_t)step->pid);
    clnrm_channel_end_lazy(&agent->channel, &w);
    if (spec->deadline_us)
        step->job.due_us = step->started_us + spec->deadline_us;
}

int clnrm_step_spawn(struct clnrm_agent *agent, const struct clnrm_frame *frame)
{
    struct clnrm_spawn_spec spec;
    int groups[CLNRM_SPAWN_GROUPS_MAX];
    if (clnrm_spawn_spec_read(frame->payload, &spec) < 0)
        return CLNRM_EPROTO;
    int status = clnrm_channel_take_fds(&agent->channel, groups, spec.groups);
    if (status == 0) {
        begin(agent, frame->id, &spec, groups);
        for (uint32_t i = 0; i < spec.groups; i++)
            close(groups[i]);
    }
    clnrm_spawn_spec_free(&spec);
    return status;
}
