/* port.h -- TCP inside the room: PROBE, RELAY (and its ACCEPT), DIAL.
 *
 * Each returns 0 (what the world refused is answered by DONE) or CLNRM_EPROTO.  Layer: agent. */
#ifndef CLNRM_AGENT_PORT_H
#define CLNRM_AGENT_PORT_H

#include "agent/job.h"

int clnrm_port_probe(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_port_relay(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_port_dial(struct clnrm_agent *agent, const struct clnrm_frame *frame);

/* Sockets that do not block.  Connecting: `*error` is 0, EINPROGRESS, or why it failed; in a
 * guest's room, where nobody takes 127.0.0.1, whoever listens at the room's address in a network is
 * meant.  Each returns a descriptor or -errno. */
int clnrm_port_connect(const struct clnrm_agent *agent, const struct clnrm_address *at, int *error);
int clnrm_port_listen(const struct clnrm_agent *agent, const struct clnrm_address *at);
int clnrm_port_accept(int fd);

#endif
