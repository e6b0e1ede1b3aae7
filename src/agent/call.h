/* call.h -- decides about one system call that the kernel asks about.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_CALL_H
#define CLNRM_AGENT_CALL_H

#include <limits.h>

#include "agent/guard.h"

struct clnrm_call {
    pid_t pid;     /* of the thread that makes it */
    uint32_t step; /* id of the SPAWN under whose filter it is made */
    uint32_t arch; /* AUDIT_ARCH_* */
    int number;
    const uint64_t *args;
    int proc;     /* the room's /proc */
    int listener; /* and `id`: to ask whether it is still there */
    uint64_t id;
};

/* Returns 0 when the kernel may go on with it, or the errno that it ends with; then it was noted, when
 * it was an attempt. */
int clnrm_call_decide(struct clnrm_agent *agent, const struct clnrm_call *call);

/* What the parts of it share.  Notes an attempt, unless its process is gone. */
void clnrm_call_note(struct clnrm_agent *agent, const struct clnrm_call *c,
                     enum clnrm_report_kind kind, const char *what);

/* Whether its process still waits for the answer. */
bool clnrm_call_is_there(const struct clnrm_call *c);

/* Reads at most `size` bytes at `at` in its memory, up to the end of what can be read.  Returns how
 * many, or -1. */
ssize_t clnrm_call_read(const struct clnrm_call *c, uint64_t at, void *to, size_t size);

/* Reads the path at `at` in its memory.  Returns whether it could. */
bool clnrm_call_path(const struct clnrm_call *c, uint64_t at, char path[PATH_MAX]);

/* Opens (O_PATH) what the process means by this path, as it sees it.  Returns a descriptor, or a
 * negative number. */
int clnrm_call_open(const struct clnrm_agent *agent, const struct clnrm_call *c, int dir,
                    const char *path);

#endif
