/* guard.h -- what is forbidden in the room, and the table of what was tried.
 *
 * Decisions are made in watch.c (system calls that the kernel asks about), stand.c (programs that stand
 * in for forbidden ones) and names.c (DNS).  Here each attempt is counted and told: a different one at
 * once, the same again when its count has doubled, all of them at the end.
 * Ownership: one for the agent, until it ends.  Layer: agent. */
#ifndef CLNRM_AGENT_GUARD_H
#define CLNRM_AGENT_GUARD_H

#include <sys/types.h>

#include "agent/job.h"
#include "base/guard.h"

/* A process, as far as it can be told. */
struct clnrm_who {
    pid_t pid; /* 0: not known */
    uint32_t step;
    char name[17], argv[CLNRM_GUARD_TEXT_MAX + 1];
};

struct clnrm_guard {
    struct clnrm_guard_spec spec; /* its texts point into `text` */
    struct clnrm_slice text;
    int pass_in, pass_out; /* a child sends the listener of its filter to the agent */
    struct clnrm_attempt {
        uint8_t kind;
        uint64_t count, told;
        struct clnrm_who who;
        char what[CLNRM_GUARD_TEXT_MAX + 1];
    } attempts[CLNRM_GUARD_REPORTS_MAX + 1]; /* the last: all others */
    uint32_t attempt_count;
};

/* Takes a GUARD frame.  Returns 0 or CLNRM_EPROTO. */
int clnrm_guard_take(struct clnrm_agent *agent, const struct clnrm_frame *frame);

/* Finds out who `pid` is.  `thread`: it may be one of a process. */
void clnrm_guard_look(struct clnrm_agent *agent, pid_t pid, struct clnrm_who *out);

/* Notes an attempt; `who` may be NULL. */
void clnrm_guard_note(struct clnrm_agent *agent, enum clnrm_report_kind kind,
                      const struct clnrm_who *who, const char *what);

/* Notes what found no way out of the network, by the kernel's count: at the end of the room, and, beside
 * a first process of others, which ends before, whenever the host looks at something (STAT). */
void clnrm_guard_count(struct clnrm_agent *agent);

/* Tells what was not told yet: at the end of the room. */
void clnrm_guard_finish(struct clnrm_agent *agent);

/* Whether a command must not be run, by its first argument. */
bool clnrm_guard_forbids(const struct clnrm_agent *agent, struct clnrm_slice program);

#endif
