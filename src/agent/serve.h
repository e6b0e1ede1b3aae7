/* serve.h -- the agent at work: one loop over frames, children and descriptors.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_SERVE_H
#define CLNRM_AGENT_SERVE_H

#include "agent/job.h"

enum {
    CLNRM_SERVE_CLOSED = 0,   /* CLOSE, the end of the stream, or SIGTERM from outside the room */
    CLNRM_SERVE_REFUSED = 1,  /* the room could not be made */
    CLNRM_SERVE_PROTOCOL = 2, /* the host sent what it must not */
};

/* Serves the channel of `agent` (frames may already wait in it) until the room ends.  Returns the
 * exit status of the agent. */
int clnrm_serve(struct clnrm_agent *agent);

/* Ends everything in the room, in a guest everything that it has started, and reaps it.  Returns how many
 * processes were alive. */
unsigned clnrm_serve_end_all(struct clnrm_agent *agent);

/* Sends what waits, for at most `timeout_ms`. */
void clnrm_serve_flush(struct clnrm_channel *channel, int timeout_ms);

#endif
