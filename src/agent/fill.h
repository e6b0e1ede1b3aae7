/* fill.h -- file systems of the room that are made full: FILL.
 *
 * Only a tmpfs is filled, or a private overlay of a room of the agent's own, whose upper layer is one:
 * never a disk of the machine.  What fills it is a file without a name, so it goes with the operation,
 * however that ends.  Layer: agent. */
#ifndef CLNRM_AGENT_FILL_H
#define CLNRM_AGENT_FILL_H

#include "agent/job.h"

/* Answers with DONE and returns 0, or CLNRM_EPROTO. */
int clnrm_fill(struct clnrm_agent *agent, const struct clnrm_frame *frame);

#endif
