/* names.h -- answers DNS in the room: the hosts that are allowed, and no others.
 *
 * At 127.0.0.53 port 53, UDP, for programs that ask by resolv.conf.  Every other name does not exist,
 * and who asked is noted.  Layer: agent. */
#ifndef CLNRM_AGENT_NAMES_H
#define CLNRM_AGENT_NAMES_H

#include "agent/guard.h"

/* Begins.  Returns 0 or a negative code. */
int clnrm_names_serve(struct clnrm_agent *agent);

#endif
