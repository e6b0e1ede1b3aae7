/* door.h -- the way into a room that is kept: hosts that come after the one that made it.
 *
 * KEEP brings a socket that listens, and a key.  Once the first host is gone, the agent takes one
 * connection at a time there and serves it when it has shown the key (JOIN, as a guest's host does).
 * When that host goes, its commands are killed, but for services, and the next one may come.  What the
 * first host has left running goes on.
 * Layer: agent. */
#ifndef CLNRM_AGENT_DOOR_H
#define CLNRM_AGENT_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/room.h"

struct clnrm_agent;

struct clnrm_door {
    bool is_there;
    bool is_asking; /* somebody is connected who has not shown the key yet */
    bool is_later;  /* who is served is not the first host */
    int fd;
    uint64_t until_us; /* when such a one is sent away */
    size_t key_len;
    char key[CLNRM_KEY_MAX];
};

/* Makes the door of `fd`, which is consumed.  Returns 0, or CLNRM_EPROTO for a key of a wrong length. */
int clnrm_door_make(struct clnrm_door *door, int fd, struct clnrm_slice key);

/* The descriptor to wait for: -1 while somebody is in, or there is no door. */
int clnrm_door_fd(const struct clnrm_agent *agent);

/* Somebody is at the door. */
void clnrm_door_take(struct clnrm_agent *agent);

/* The first frame of who came in.  Returns 0, or CLNRM_EPROTO: it is not the key. */
int clnrm_door_ask(struct clnrm_agent *agent, const struct clnrm_frame *frame);

/* The host is gone, and the way is free. */
void clnrm_door_leave(struct clnrm_agent *agent);

#endif
