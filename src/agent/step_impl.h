/* step_impl.h -- the inside of a step, shared by step.c (its life), step_end.c and step_sweep.c.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_STEP_IMPL_H
#define CLNRM_AGENT_STEP_IMPL_H

#include <sys/types.h>

#include "agent/job.h"
#include "agent/refusal.h"
#include "base/room.h"

enum { CLNRM_STEP_NAMED_MAX = 128 };

enum clnrm_step_state {
    CLNRM_STEP_RUNNING,  /* the command itself is alive */
    CLNRM_STEP_SWEEPING, /* it has ended; what it left behind is being killed */
    CLNRM_STEP_DRAINING, /* nothing of it is alive; the pipes still hold bytes */
    CLNRM_STEP_LEFT,     /* KEEP_GROUP: EXIT was sent, something of it lives on */
    CLNRM_STEP_CLEARING, /* CLNRM_STEP_LEFT and cancelled */
};

struct clnrm_stream {
    int fd; /* -1: read to its end */
    uint8_t type;
    bool dry; /* nothing in it at the last look */
    uint64_t bytes;
};

struct clnrm_step {
    struct clnrm_job job;
    enum clnrm_step_state state;
    pid_t pid; /* also its process group and session */
    uint32_t flags;
    bool discard; /* cancelled: output is read and counted, not sent */
    bool orphan;  /* its host is gone: the same, and its end is told to nobody */
    uint64_t mark, started_us;
    uint64_t kill_us,
        give_up_us; /* while CLNRM_STEP_SWEEPING: when to kill, when to stop looking */
    uint64_t credit;
    struct clnrm_stream out, err;
    int in;
    bool in_ends;
    struct clnrm_buf input; /* not yet written to `in` */
    struct clnrm_exit exit;
    char names[257];
    int named_count;
    pid_t named[CLNRM_STEP_NAMED_MAX]; /* already counted as leaked */
};

extern const struct clnrm_job_kind clnrm_step_kind;

/* The first step at or behind `job` in the agent's list, or NULL. */
struct clnrm_step *clnrm_step_next(struct clnrm_job *job);

#define CLNRM_EACH_STEP(agent, s)                                                                  \
    for (struct clnrm_step *s = clnrm_step_next((agent)->jobs); s; s = clnrm_step_next(s->job.next))

/* Whether a process is of `step`. */
struct clnrm_stray;
bool clnrm_step_has(const struct clnrm_step *step, const struct clnrm_stray *stray);

void clnrm_step_shut(int *fd);

/* Makes what the command has as 0, 1 and 2 (`theirs`), and the agent's ends of it.  Of a terminal,
 * `owner` is whose it is (NULL: the agent's user).  Returns 0, or -errno with `why`; what was made so far
 * is closed with the step and by _close_theirs(). */
struct clnrm_ids;
int clnrm_step_stdio(struct clnrm_step *step, int theirs[3], const struct clnrm_ids *owner,
                     struct clnrm_refusal *why);
void clnrm_step_close_theirs(const int theirs[3]);

/* Takes SIZE, of a command that has a terminal.  Returns 0, or CLNRM_EPROTO. */
int clnrm_step_size(struct clnrm_step *step, struct clnrm_frame_reader *r);

/* Sends `signal` (0: only looks) to every living process of `step`.  Returns how many there are; what
 * is killed while the step is SWEEPING is counted and named as leaked. */
unsigned clnrm_step_sweep(struct clnrm_step *step, int signal);

/* Reads one piece of a stream.  Returns false when there is nothing more to read now. */
bool clnrm_step_read(struct clnrm_step *step, struct clnrm_stream *stream);

/* While DRAINING: reads what is there, and ends the step when that was all. */
void clnrm_step_drain(struct clnrm_step *step);

/* Begins to look for what is left of `step`, in state SWEEPING or CLEARING. */
void clnrm_step_start_sweep(struct clnrm_step *step, enum clnrm_step_state state);

/* One more look, again a little later until nothing is left. */
void clnrm_step_sweep_on(struct clnrm_step *step);

#endif
