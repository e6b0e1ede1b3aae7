/* space.h -- views and networks of the room: VIEW, NET, and what is done in one of them.
 *
 * A view is a mount namespace, a network is a network namespace; each is made by a short-lived child
 * that shares the agent's descriptors and leaves one of them behind.  The agent alone holds them,
 * close-on-exec, until the room ends.  Layer: agent. */
#ifndef CLNRM_AGENT_SPACE_H
#define CLNRM_AGENT_SPACE_H

#include "agent/job.h"

/* Why a guest has neither. */
#define CLNRM_SPACE_NONE "the room was made by others, and has neither views nor networks"

/* Each answers with DONE and returns 0, or CLNRM_EPROTO. */
int clnrm_space_view(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_space_net(struct clnrm_agent *agent, const struct clnrm_frame *frame);

/* The view or network with `id`, or NULL.  `type` is the frame that made it; 0: either. */
const struct clnrm_space *clnrm_space_find(const struct clnrm_agent *agent, uint8_t type,
                                           uint32_t id);

/* Opens the root of view `id` (0: the room's own).  Returns a descriptor or -errno. */
int clnrm_space_root(const struct clnrm_agent *agent, uint32_t id);

/* Opens /proc/self/`name` or makes a socket in network `id` (0: the room's own); close-on-exec.
 * Returns a descriptor or -errno.  An agent that cannot come back ends, and the room with it. */
int clnrm_space_socket(const struct clnrm_agent *agent, uint32_t id, int family, int type,
                       int protocol);
int clnrm_space_proc(const struct clnrm_agent *agent, uint32_t id, const char *name);

#endif
