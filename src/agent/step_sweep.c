/* step_sweep.c -- finds and kills what belongs to a step; see step_impl.h for the contract. */
#include "agent/leak.h"
#include "agent/step.h"
#include "agent/step_impl.h"
#include "agent/stray.h"
#include "base/base.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOKS = 8, ENTRY_MAX = 17 + 6 * CLNRM_LEAK_PORTS_MAX + 1 };

struct clnrm_step *clnrm_step_next(struct clnrm_job *job)
{
    while (job && (job->kind != &clnrm_step_kind || job->ended))
        job = job->next;
    return (struct clnrm_step *)job;
}

static bool is_alone(const struct clnrm_step *step)
{
    CLNRM_EACH_STEP(step->job.agent, other)
    if (other != step)
        return false;
    return true;
}

struct sweep {
    struct clnrm_step *step;
    bool alone;
    int signal; /* 0: only look */
    unsigned alive;
    bool sees_group; /* somebody is left in the group of the command: the number is still its own */
};

bool clnrm_step_has(const struct clnrm_step *step, const struct clnrm_stray *stray)
{
    if (step->mark && stray->mark)
        return step->mark == stray->mark;
    return stray->group == step->pid || stray->session == step->pid;
}

/* "nc;8080;8081": its name and the ports that it listens on.  A name has neither sign in it here. */
static void describe(int proc, const struct clnrm_stray *stray, char out[ENTRY_MAX])
{
    uint16_t ports[CLNRM_LEAK_PORTS_MAX];
    int count = clnrm_leak_ports(proc, stray->pid, ports);
    size_t len = (size_t)snprintf(out, ENTRY_MAX, "%s", stray->name);
    for (char *c = out; *c; c++)
        if (*c == ',' || *c == ';')
            *c = '?';
    for (int i = 0; i < count; i++)
        len += (size_t)snprintf(out + len, ENTRY_MAX - len, ";%u", ports[i]);
}

static void name_leak(struct clnrm_step *step, const struct clnrm_stray *stray)
{
    for (int i = 0; i < step->named_count; i++)
        if (step->named[i] == stray->pid)
            return;
    if (step->named_count < CLNRM_STEP_NAMED_MAX)
        step->named[step->named_count++] = stray->pid;
    step->exit.leaked++;
    char text[ENTRY_MAX];
    size_t len = strlen(step->names);
    if (len + strlen(stray->name) + 1 >= sizeof(step->names))
        return; /* no room to tell it: a bomb is not described, only killed */
    describe(step->job.agent->proc, stray, text);
    size_t more = strlen(text);
    if (len + more + 1 < sizeof(step->names))
        snprintf(step->names + len, sizeof(step->names) - len, "%s%s", len ? "," : "", text);
}

static void on_stray(void *data, const struct clnrm_stray *stray)
{
    struct sweep *s = data;
    if (!stray->alive || (!s->alone && !clnrm_step_has(s->step, stray)))
        return;
    s->alive++;
    if (s->signal == SIGKILL && s->step->state == CLNRM_STEP_SWEEPING)
        name_leak(s->step, stray);
    s->sees_group |= stray->group == s->step->pid;
    if (s->signal && s->step->job.agent->guest)
        clnrm_stray_signal(s->step->job.agent->proc, stray, s->signal);
    else if (s->signal && !s->alone)
        kill(stray->pid, s->signal);
}

/* The processes that may be a step's. */
static int each_candidate(const struct clnrm_agent *agent, struct sweep *s)
{
    return agent->guest ? clnrm_stray_each_own(agent->proc, on_stray, s)
                        : clnrm_stray_each(agent->proc, on_stray, s);
}

/* Whether any process but the agent is there, a zombie included: the kernel's own word.  A guest has
 * descendants exactly as long as it has children. */
static bool is_anybody(const struct clnrm_agent *agent)
{
    siginfo_t info;
    if (agent->guest)
        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
    return kill(-1, 0) == 0;
}

/* The sweep of a step beside which nothing else may run: /proc gives the names, the kernel says who
 * is there.  What breeds faster than /proc is read cannot hide in the meantime. */
static unsigned sweep_all(struct sweep *s)
{
    const struct clnrm_agent *agent = s->step->job.agent;
    if (!is_anybody(agent))
        return 0;
    each_candidate(agent, s);
    if (s->signal && !agent->guest)
        kill(-1, s->signal);
    else if (s->signal && (s->sees_group || agent->proc < 0) && s->step->pid > 0)
        kill(-s->step->pid, s->signal);
    return is_anybody(agent);
}

unsigned clnrm_step_sweep(struct clnrm_step *step, int signal)
{
    struct sweep s = {.step = step, .alone = is_alone(step), .signal = signal};
    if (s.alone)
        return sweep_all(&s);
    int proc = step->job.agent->proc, status = 0;
    unsigned newest = clnrm_stray_newest(proc), before = ~newest;
    for (int i = 0; i < LOOKS && status == 0 && s.alive == 0 && newest != before; i++) {
        before = newest; /* nothing seen counts only while nothing is born */
        status = each_candidate(step->job.agent, &s);
        newest = s.alive ? before : clnrm_stray_newest(proc);
    }
    if (status < 0)
        s.alive = kill(-step->pid, 0) == 0; /* no /proc to look at */
    if (s.alive && signal && (s.sees_group || status < 0 || !step->job.agent->guest))
        kill(-step->pid, signal); /* all at once: a fork cannot slip between */
    return s.alive;
}

unsigned clnrm_step_kill_all(struct clnrm_agent *agent)
{
    struct clnrm_step none = {.job.agent = agent};
    struct sweep s = {.step = &none, .alone = true, .signal = agent->guest ? SIGKILL : 0};
    each_candidate(agent, &s);
    if (getpid() == 1) /* else there are others, who are not ours */
        kill(-1, SIGKILL);
    return s.alive;
}
