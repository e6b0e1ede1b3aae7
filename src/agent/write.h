/* write.h -- decides about calls that make, change or remove a file.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_WRITE_H
#define CLNRM_AGENT_WRITE_H

#include "agent/call.h"

/* As clnrm_call_decide(). */
int clnrm_write_decide(struct clnrm_agent *agent, const struct clnrm_call *c);

#endif
