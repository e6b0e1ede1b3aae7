/* owner.h -- whose port is it: which process of the room holds a listening socket.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_OWNER_H
#define CLNRM_AGENT_OWNER_H

#include "agent/job.h"

struct clnrm_holder {
    int pid; /* 0: not found */
    char name[17];
};

/* Whether what listens at `at` is held by a process of the command that SPAWN `id` started, its whole
 * tree.  Returns 0; -EADDRINUSE with `holder` when another process listens there; -ECONNREFUSED when
 * nobody does; -ESRCH when nothing of the command is left; or another -errno. */
int clnrm_owner_check(struct clnrm_agent *agent, const struct clnrm_address *at, uint32_t id,
                      struct clnrm_holder *holder);

/* The process that holds the UDP socket of the room's own network with this port, or 0. */
int clnrm_owner_of_udp(struct clnrm_agent *agent, uint16_t port);

#endif
