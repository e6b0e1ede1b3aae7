/* relay.h -- TCP between a room and the host: ports of the room that lead out, ports of the host
 * that lead in.
 *
 * A room has no network; its agent carries bytes.  A relay listens on a port of the room and
 * connects each connection to one address of the host that its maker names.  A publication listens
 * on 127.0.0.1 of the host and connects each connection to a port of the room.  Nothing else is
 * reachable through either, and both sides stop reading when the other does not take (credit).
 *
 * Ownership: each open hands out an object that the caller gives back to clnrm_relay_close() exactly
 * once; its connections end then.  When the room is lost they end by themselves.
 * Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_RELAY_H
#define CLNRM_RELAY_H

#include <uv.h>

#include "core/agent.h"

#define CLNRM_RELAY_CONNECTIONS_MAX 256u /* at once; more are refused */

struct clnrm_relay; /* opaque */

/* Where connections from the room go: a unix socket when `path` is not NULL, a port of `host`, which is
 * looked up for each connection, when that is not NULL, else 127.0.0.1:port. */
struct clnrm_relay_target {
    const char *path, *host;
    uint16_t port;
};

/* Listens on a port of the room.  `on_change` runs when the agent has answered: then
 * clnrm_relay_status tells.  Returns 0 or a negative code. */
int clnrm_relay_open(struct clnrm_agent *agent, uv_loop_t *loop, const struct clnrm_address *at,
                     const struct clnrm_relay_target *target, clnrm_agent_cb *on_change, void *data,
                     struct clnrm_relay **out);

/* Listens on 127.0.0.1:host_port (0: any that is free) of the host; connections go to `at` in the
 * room.  Returns 0 or a negative UV_E* code. */
int clnrm_relay_publish(struct clnrm_agent *agent, uv_loop_t *loop, const struct clnrm_address *at,
                        uint16_t host_port, struct clnrm_relay **out);

/* Returns 1 while the agent has not answered, 0 when the relay works, or why it does not. */
int clnrm_relay_status(const struct clnrm_relay *r);

/* Returns what is known of the agent's operation, or NULL for a publication. */
const struct clnrm_agent_op *clnrm_relay_op(const struct clnrm_relay *r);

/* Returns the port on the host of a publication. */
uint16_t clnrm_relay_port(const struct clnrm_relay *r);

/* Returns how many connections there are now, and how many there were. */
unsigned clnrm_relay_connections(const struct clnrm_relay *r, uint64_t *ever);

/* Consumes `r`. */
void clnrm_relay_close(struct clnrm_relay *r);

#endif
