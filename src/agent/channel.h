/* channel.h -- the agent's end of the stream of frames.
 *
 * Never blocks: what cannot be sent waits in `out`, and whoever makes much of it looks at
 * clnrm_channel_has_room() first.  Layer: agent. */
#ifndef CLNRM_AGENT_CHANNEL_H
#define CLNRM_AGENT_CHANNEL_H

#include "base/frame.h"

enum { CLNRM_CHANNEL_FDS_MAX = 64 };

struct clnrm_channel {
    int fd, out_fd;   /* what comes in, what goes out: one socket, or two pipes */
    bool broken;      /* the other end is gone, or memory for answers ran out */
    bool urgent;      /* something in `out` must not wait */
    uint64_t lazy_us; /* CLOCK_MONOTONIC: when the first of what may wait was added; 0: nothing */
    struct clnrm_buf in, out;
    size_t taken, sent;                       /* bytes of `in` and `out` that are done with */
    int fd_count, fds[CLNRM_CHANNEL_FDS_MAX]; /* that came and belong to frames not yet taken */
};

void clnrm_channel_open(struct clnrm_channel *ch, int fd);

/* The same over two descriptors of any kind; none can be passed then. */
void clnrm_channel_open_pair(struct clnrm_channel *ch, int in, int out);

/* Opens it anew over another socket; what was under way is forgotten. */
void clnrm_channel_reset(struct clnrm_channel *ch, int fd);

/* Closes its descriptors: poll passes over them. */
void clnrm_channel_shut(struct clnrm_channel *ch);

/* Reads what is there (waits for it when the descriptor blocks).  Returns the bytes read, 0 at the
 * end of the stream, -EAGAIN, or another negative code. */
long clnrm_channel_fill(struct clnrm_channel *ch);

/* Takes the next whole frame, valid until the next fill.  Returns 1, 0 when there is none yet, or
 * CLNRM_EPROTO. */
int clnrm_channel_take(struct clnrm_channel *ch, struct clnrm_frame *out);

/* Takes the first `count` descriptors that came; the caller closes them.  Returns 0, or CLNRM_EPROTO
 * when there are not so many. */
int clnrm_channel_take_fds(struct clnrm_channel *ch, int *fds, uint32_t count);

/* Sends as much as goes. */
void clnrm_channel_flush(struct clnrm_channel *ch);

/* STARTED, STDOUT and STDERR may wait a moment for more to come: a short command then wakes the host
 * once, not three times.  Returns until when nothing needs to be sent (CLOCK_MONOTONIC), or 0 when what
 * is there is to go now. */
uint64_t clnrm_channel_may_wait(const struct clnrm_channel *ch);

/* Whether bulk output may be added: few bytes wait. */
bool clnrm_channel_has_room(const struct clnrm_channel *ch);

/* Adds a frame of `type` with up to `max` bytes read from `fd`, at most CLNRM_FRAME_CHUNK.  Returns
 * the bytes, 0 at the end of the file (no frame is added), or -errno. */
long clnrm_channel_copy(struct clnrm_channel *ch, uint8_t type, uint32_t id, int fd, size_t max);

/* Frames that several parts send.  `error` is an errno or its negative. */
void clnrm_channel_done(struct clnrm_channel *ch, uint32_t id, int error, const char *stage,
                        const char *what);
void clnrm_channel_credit(struct clnrm_channel *ch, uint32_t id, size_t bytes);
void clnrm_channel_note(struct clnrm_channel *ch, const char *kind, const char *what);

/* Completes a frame; a failure breaks the channel.  A lazy one may wait. */
void clnrm_channel_end(struct clnrm_channel *ch, struct clnrm_frame_writer *w);
void clnrm_channel_end_lazy(struct clnrm_channel *ch, struct clnrm_frame_writer *w);

#endif
