/* listener.h -- the sockets of the room that take connections to an address.
 *
 * Asked of the kernel by sock_diag, which costs microseconds, or where it has none read from
 * /proc/net/tcp, which costs milliseconds.  Layer: agent. */
#ifndef CLNRM_AGENT_LISTENER_H
#define CLNRM_AGENT_LISTENER_H

#include "agent/job.h"

enum { CLNRM_LISTENERS_MAX = 256 };

struct clnrm_listeners {
    int rank; /* how exactly they name the address: the kernel takes the highest */
    int count;
    uint32_t elsewhere; /* an IPv4 address outside 127.0.0.0/8 that the port is listened at, or 0 */
    uint64_t inodes[CLNRM_LISTENERS_MAX];
};

/* Finds those among which the kernel chooses for a connection to `at`: several only with
 * SO_REUSEPORT.  Returns 0, -E2BIG for more than CLNRM_LISTENERS_MAX, or another -errno. */
int clnrm_listener_find(const struct clnrm_agent *agent, const struct clnrm_address *at,
                        struct clnrm_listeners *out);

#endif
