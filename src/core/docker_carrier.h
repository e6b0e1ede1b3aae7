/* docker_carrier.h -- carries the frames of an agent over a stream of the Engine API (attach, the start of an
 * exec): the program at the other end is `clnrm-agent stdio`, ours has one end of a socket pair.
 *
 * What the agent writes to its stdout comes out of the socket, what is written to the socket is its stdin; of
 * its stderr the last bytes are kept, for it says there why it ended.  Either side waits while the other is
 * behind.  The end of the stream, however it came, is the end of the socket: who speaks the agent's frames
 * there takes that for the loss of the room, never for the end of a command.
 *
 * Ownership: open takes the call over; the descriptor of the far end is the carrier's until it is given up by
 * clnrm_docker_carrier_joined; release consumes the object and breaks the stream off.
 * Threads: loop thread only.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_DOCKER_CARRIER_H
#define CLNRM_DOCKER_CARRIER_H

#include <stdbool.h>
#include <uv.h>

#include "base/slice.h"
#include "core/http.h"

struct clnrm_docker_carrier; /* opaque */

struct clnrm_docker_carrier_info {
    bool is_over;       /* the stream has ended, or was broken off */
    int status;         /* 0, or why: CLNRM_EPROTO (no frames), or as clnrm_http_info.status */
    const char *reason; /* a sentence, when status is not 0; valid until the release */
    int fd;             /* the far end; -1 once it was given up */
};

/* Takes over `call`, whose head has come.  Returns 0, or -errno: then the call is released. */
int clnrm_docker_carrier_open(uv_loop_t *loop, struct clnrm_http_call *call,
                              struct clnrm_docker_carrier **out);

struct clnrm_docker_carrier_info clnrm_docker_carrier_info(const struct clnrm_docker_carrier *c);

/* Returns the last bytes of stderr; valid until the loop turns. */
struct clnrm_slice clnrm_docker_carrier_said(const struct clnrm_docker_carrier *c);

/* Says that somebody has a copy of the far end: ours is closed, so that theirs is the last. */
void clnrm_docker_carrier_joined(struct clnrm_docker_carrier *c);

/* Consumes `c`. */
void clnrm_docker_carrier_release(struct clnrm_docker_carrier *c);

#endif
