/* talk.h -- lines between programs of one user on this machine, over a unix socket that has a name.
 *
 * Mechanism only: what is said is decided in lua/engine/live.  A program listens at a path, others
 * connect to it; both sides write lines.  Whoever runs as another user is turned away by the
 * kernel's word (SO_PEERCRED), on both sides, whatever the file's rights have become.
 *
 * Everything the other side can do has a bound: bytes of a line, bytes that wait to be read or to
 * be sent.  Nothing waits here: who writes is told when too much waits.
 *
 * Ownership: clnrm_talk_listen() hands out a door that goes to clnrm_talk_leave(),
 * clnrm_talk_next() and clnrm_talk_connect() a connection that goes to clnrm_talk_close(), each
 * exactly once, in any order.  Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_TALK_H
#define CLNRM_TALK_H

#include <stdbool.h>
#include <uv.h>

#include "base/slice.h"

#define CLNRM_TALK_LINE_MAX (1u << 20)   /* bytes of a line, without its end */
#define CLNRM_TALK_UNSENT_MAX (2u << 20) /* bytes that wait to be sent */
#define CLNRM_TALK_BACKLOG 16            /* connections that wait to be taken */

struct clnrm_talk_door; /* opaque */
struct clnrm_talk;      /* opaque */

/* Says that something has changed: somebody has come, or there is something to read, some was sent,
 * the other side is gone.  Runs in a libuv callback. */
typedef void clnrm_talk_cb(void *data);

/* Listens at `path`, which only this user may connect to; a socket there that nobody listens at any
 * more is replaced.  The door keeps no loop alive, nor do its connections.  Returns 0; -EADDRINUSE:
 * somebody listens there, or it is no socket; -ENAMETOOLONG; -ENOENT, -EACCES… */
int clnrm_talk_listen(uv_loop_t *loop, const char *path, clnrm_talk_cb *on_change, void *data,
                      struct clnrm_talk_door **out);

/* Takes a connection of this user.  Returns 0; -EAGAIN: there is none, `on_change` of the door runs
 * when there is; -EMFILE… */
int clnrm_talk_next(struct clnrm_talk_door *door, clnrm_talk_cb *on_change, void *data,
                    struct clnrm_talk **out);

/* Consumes `door`, and removes its socket, if it is still the one at that path. */
void clnrm_talk_leave(struct clnrm_talk_door *door);

/* Connects to who listens at `path`.  Returns 0; -ECONNREFUSED: nobody does any more; -ENOENT;
 * -EPERM: somebody else does; -EAGAIN: too many wait there. */
int clnrm_talk_connect(uv_loop_t *loop, const char *path, clnrm_talk_cb *on_change, void *data,
                       struct clnrm_talk **out);

/* Takes a line, without its end; valid until the loop goes on.  Returns 0; -EAGAIN:
 * there is none yet; CLNRM_ECLOSED: the other side is gone, and all that it wrote was read;
 * CLNRM_ELIMIT: the line is too long, and nothing more will be read. */
int clnrm_talk_read(struct clnrm_talk *t, struct clnrm_slice *out);

/* Writes a line: `line` has no end, and one is added.  Returns 0; CLNRM_ECLOSED: the other side is
 * gone; CLNRM_ELIMIT: too much waits, and nothing was added. */
int clnrm_talk_write(struct clnrm_talk *t, struct clnrm_slice line);

/* Returns how many bytes wait to be sent; 0 also when the other side is gone. */
size_t clnrm_talk_unsent(const struct clnrm_talk *t);

/* Whether the other side is gone; what it wrote may be there to be read. */
bool clnrm_talk_is_over(const struct clnrm_talk *t);

/* Consumes `t`; what waits to be sent is dropped. */
void clnrm_talk_close(struct clnrm_talk *t);

#endif
