/* told.h -- hears of programs that stand in for others where no filter tells of them: what a container's
 * own first process runs, and what has changed its user.
 *
 * The program connects to a socket, and waits until the agent has looked who it is and sent the report:
 * the container may end with it.
 * Layer: agent. */
#ifndef CLNRM_AGENT_TOLD_H
#define CLNRM_AGENT_TOLD_H

#include "agent/guard.h"

/* Listens for them in a room that others made.  Returns 0 or -errno. */
int clnrm_told_serve(struct clnrm_agent *agent);

/* Notes it when the socket is not where it was any more: at the end of the room. */
void clnrm_told_finish(struct clnrm_agent *agent);

/* In such a program: tells the agent of the room, when there is one or will be in some seconds. */
void clnrm_told_tell(void);

#endif
