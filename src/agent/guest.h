/* guest.h -- the agent in a room that others made: a container, say.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_GUEST_H
#define CLNRM_AGENT_GUEST_H

#include "agent/job.h"

/* Does what the arguments say (base/room.h), to the end.  Returns the exit status of the agent. */
int clnrm_guest_run(struct clnrm_agent *agent, int argc, char **argv);

#endif
