/* bridge.h -- ports of one network of the room that lead into another, and how well: BRIDGE, SHAPE.
 *
 * Returns 0 (what the world refused is answered by DONE) or CLNRM_EPROTO.  Layer: agent. */
#ifndef CLNRM_AGENT_BRIDGE_H
#define CLNRM_AGENT_BRIDGE_H

#include "agent/job.h"

enum { CLNRM_BRIDGE_CONNECTIONS_MAX = 256 }; /* of all bridges; more wait in the backlog */

int clnrm_bridge_open(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_bridge_shape(struct clnrm_agent *agent, const struct clnrm_frame *frame);

#endif
