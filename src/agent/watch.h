/* watch.h -- answers the kernel about system calls that are watched (SECCOMP_RET_USER_NOTIF).
 *
 * Each command installs its filter with a listener, sends that to the agent and execs; the listener
 * serves all that descends from the command.  What is refused is refused by what the kernel holds
 * (a mount that nothing is executed from, a network without a way out, the number of the call), so
 * nothing depends on memory that a process can change while it is looked at; only the report does.
 * Layer: agent. */
#ifndef CLNRM_AGENT_WATCH_H
#define CLNRM_AGENT_WATCH_H

#include "agent/guard.h"
#include "agent/user.h"

/* In the child: installs `filter` with a listener and sends that to descriptor `to`.  Returns 0 or
 * -errno. */
int clnrm_watch_install(const struct clnrm_buf *filter, int to);

/* Whose listener it is. */
struct clnrm_watched {
    uint32_t step;               /* id of its SPAWN */
    const struct clnrm_ids *ids; /* whom it became; NULL: it is the agent's user */
};

/* Takes the listener that a child has sent, and watches it until nothing runs under its filter any
 * more.  Returns 0 or -errno: then nothing answers, and every watched call fails. */
int clnrm_watch_take(struct clnrm_agent *agent, const struct clnrm_watched *of);

#endif
