/* ready.h -- what an agent says first: READY with what it did or found, or REFUSED.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_READY_H
#define CLNRM_AGENT_READY_H

#include "agent/channel.h"
#include "agent/refusal.h"

struct clnrm_fact {
    const char *name, *what;
};

/* `pid` is the agent's number on the host, or 0; `answer` the second half of the key, or empty. */
void clnrm_ready_send(struct clnrm_channel *channel, unsigned pid, struct clnrm_slice answer,
                      const struct clnrm_fact *facts, size_t count);

/* Sends REFUSED and waits until it is sent.  Returns CLNRM_SERVE_REFUSED. */
int clnrm_ready_refuse(struct clnrm_channel *channel, const struct clnrm_refusal *why);

#endif
