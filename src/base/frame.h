/* frame.h -- the talk between clnrm and the agent in a room: frames, and the fields inside them.
 *
 * One codec for both ends.  A frame is a 12-byte header (little endian: u32 payload length, u32 id,
 * u8 type, three zero bytes) and a payload of at most CLNRM_FRAME_PAYLOAD_MAX bytes.  Fields are
 * u8, u32, u64 (little endian) and text (u32 length, bytes).  Both ends refuse what they do not
 * know: an unknown type, a payload that is too long, too short or has bytes left over ends the talk
 * with CLNRM_EPROTO.
 *
 * `id` names an operation; the host chooses it (never 0, never one still in use) and the agent
 * answers with the same.  Frames that concern the whole room carry id 0.
 *
 * Back-pressure: the agent sends STDOUT, STDERR and DATA bytes of an operation only within the
 * credit it was given (first in SPAWN or GET, later by CREDIT); without credit it stops reading the
 * child's pipes, so the child blocks and nobody's memory grows.  The other way round, STDIN, and DATA
 * of DIAL and ACCEPT in both directions, start with a credit of CLNRM_FRAME_WINDOW bytes; the
 * receiver gives more by CREDIT as it passes bytes on.  Sending past the credit is CLNRM_EPROTO.
 * DATA of a PUT needs no credit.
 *
 * A frame for an operation that has just ended (its last frame is under way) is not an error: DATA,
 * STDIN, CREDIT, SIGNAL and CANCEL for an id that is not known are dropped.
 *
 * Layer: base (libc only; compiled into clnrm with glibc and into the agent with musl). */
#ifndef CLNRM_FRAME_H
#define CLNRM_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

#define CLNRM_FRAME_VERSION 8u
#define CLNRM_FRAME_HEADER 12u
#define CLNRM_FRAME_PAYLOAD_MAX (1024u * 1024u)
#define CLNRM_FRAME_CHUNK (64u * 1024u) /* most bytes of a stream that go into one frame */
#define CLNRM_FRAME_WINDOW                                                                         \
    (256u * 1024u)                       /* credit that STDIN, DIAL and ACCEPT streams start with */
#define CLNRM_FRAME_LIST_MAX 4096u       /* most elements of a list field */
#define CLNRM_FRAME_AGENT_ID 0x80000000u /* set in the ids that the agent chooses (ACCEPT) */

/* Payloads, in the order of their fields.  `list of T` is a u32 count, then each T. */
enum clnrm_frame_type {
    /* host to agent */
    CLNRM_FRAME_ROOM = 1, /* id 0, first of all, unless it is JOIN: the room to make, room.h */
    CLNRM_FRAME_FILTER,   /* id 0: u32 slot (< 8), u8 last, text part: a seccomp program in parts */
    CLNRM_FRAME_SPAWN,    /* room.h; answered by STARTED and EXIT, or by DONE: not started */
    CLNRM_FRAME_STDIN,    /* text bytes; empty closes the child's stdin */
    CLNRM_FRAME_CREDIT,   /* u32 more bytes of this stream that may be sent; both ways */
    CLNRM_FRAME_SIGNAL,   /* u32 signal, to the process group of the child */
    CLNRM_FRAME_PUT, /* u32 view (0: the room's own root), text path, u32 mode, u64 size; then DATA up to `size`; answered by DONE.
                             Missing directories are made; the file appears whole or not at all */
    CLNRM_FRAME_GET, /* u32 view, text path, u64 max, u32 credit; answered by FILE, DATA..., DONE (EFBIG
                             after the first `max` bytes of a longer file) */
    CLNRM_FRAME_STAT,  /* u32 view, text path; answered by FILE and DONE */
    CLNRM_FRAME_PROBE, /* address (room.h), u32 id of a SPAWN or 0: connect once; answered by DONE.
                             With an id the port must be that command's own: DONE of stage "owner",
                             `what` "12 python3", when another process listens there */
    CLNRM_FRAME_RELAY, /* address: listen there until CANCEL; answered by DONE; each connection comes
                             back as ACCEPT with an id of the agent's */
    CLNRM_FRAME_DIAL,  /* address: connect to it; answered by DONE, and when that says 0 DATA both
                             ways until each side has sent its end; a second DONE, not 0, when it
                             breaks before */
    CLNRM_FRAME_CANCEL, /* ends operation `id`: a SPAWN's processes are killed and EXIT follows
                             (DONE "cancel" when EXIT was sent before, see KEEP_GROUP); PUT, GET,
                             PROBE end with DONE ECANCELED; RELAY, BRIDGE, FILL, DIAL, ACCEPT
                             are dropped; VIEW and NET, which are never long under way, go on */
    CLNRM_FRAME_CLOSE,  /* id 0: kill everything, answer CLOSED, end */
    CLNRM_FRAME_KEEP, /* u32 seconds (at most a day), text key: the room outlives the host by so long;
                             answered by DONE.  With a key one descriptor comes with the first byte:
                             a socket that listens, where later hosts join (agent/door.h) */
    CLNRM_FRAME_VIEW, /* room.h: another look of the room's files, a mount namespace of its own that
                             stays until the room ends, named by its id; answered by DONE */
    CLNRM_FRAME_NET,  /* another network of the room, with a loopback of its own; the same */
    CLNRM_FRAME_BRIDGE, /* address, address: listen on the first until CANCEL and carry each
                             connection to the second; answered by DONE */

    CLNRM_FRAME_GUARD, /* id 0, guard.h: what is watched for; once at most, before any SPAWN */
    CLNRM_FRAME_JOIN,  /* id 0, first of all, to a guest (room.h) or a kept room: text first half of
                             its key */
    CLNRM_FRAME_SHAPE, /* u32 id of a BRIDGE, shape (room.h): how it carries from now on; answered
                             by DONE, `what` being how many pieces the shape before held back */
    CLNRM_FRAME_FILL,  /* u32 view, text path of a directory, u64 max: its file system is full until
                             CANCEL; answered by DONE, `what` being the bytes that it took.  EXDEV: it
                             is no tmpfs of the room; EFBIG: more than `max` bytes are free */
    CLNRM_FRAME_SURVEY, /* u64 ns, u32 credit: what there is in the room, and which files were changed
                           since that time of the agent's clock (agent/survey.h), all ones: since a
                           second ago; answered as GET */
    CLNRM_FRAME_SIZE,   /* u32 rows, u32 columns (< 65536) of the terminal of a SPAWN */

    /* both ways */
    CLNRM_FRAME_DATA = 64, /* text bytes of a PUT, GET, DIAL or ACCEPT stream; empty is its end */

    /* agent to host */
    CLNRM_FRAME_READY = 128, /* id 0: u32 version, u32 pid of the agent as the host sees it (0 when
                                unknown), text second half of the key (after ROOM: empty), list of
                                {text step, text what}: what isolation was set, or was found */
    CLNRM_FRAME_REFUSED,     /* id 0: text step, u32 errno, text what: the room could not be made */
    CLNRM_FRAME_STARTED,     /* u32 pid in the room */
    CLNRM_FRAME_STDOUT,      /* text bytes */
    CLNRM_FRAME_STDERR,      /* text bytes */
    CLNRM_FRAME_EXIT,        /* room.h; the last frame of a started SPAWN */
    CLNRM_FRAME_DONE,        /* u32 errno (0: done), text stage ("exec", "chdir", "open", ...),
                                text what: the path or the like that it is about */
    CLNRM_FRAME_FILE,        /* u8 kind ('f' file, 'd' directory, 'l' link, 'o' other, '-' absent),
                                u32 mode, u64 size: first answer to STAT, GET */
    CLNRM_FRAME_ACCEPT,      /* u32 id of the RELAY to which a connection came; DATA both ways as
                                for DIAL */
    CLNRM_FRAME_CLOSED,      /* id 0: u32 processes that were still alive and were killed */
    CLNRM_FRAME_NOTE,   /* id 0: text kind, text what: something seen that no request asked for */
    CLNRM_FRAME_REPORT, /* id 0, guard.h: something forbidden was tried */
};

/* One frame, as read. */
struct clnrm_frame {
    uint8_t type;
    uint32_t id;
    struct clnrm_slice payload; /* points into the reader's buffer */
};

/* Writes payloads: begin, fields, end.  A payload over the maximum makes end() fail. */
struct clnrm_frame_writer {
    struct clnrm_buf *out;
    size_t start; /* where the frame began in `out` */
    int status;   /* first failure, sticky */
};

void clnrm_frame_begin(struct clnrm_frame_writer *w, struct clnrm_buf *out, uint8_t type,
                       uint32_t id);
void clnrm_frame_put_u8(struct clnrm_frame_writer *w, uint8_t value);
void clnrm_frame_put_u32(struct clnrm_frame_writer *w, uint32_t value);
void clnrm_frame_put_u64(struct clnrm_frame_writer *w, uint64_t value);
void clnrm_frame_put_text(struct clnrm_frame_writer *w, const void *data, size_t len);

/* Completes the frame.  Returns 0, or CLNRM_ELIMIT; then `out` is as it was before begin(). */
int clnrm_frame_end(struct clnrm_frame_writer *w);

/* Takes the next whole frame from the `len` bytes at `data`.  Returns the bytes it used, 0 when
 * there is no whole frame yet, or CLNRM_EPROTO for a header that no frame can have.  The payload
 * points into `data`. */
long clnrm_frame_next(const char *data, size_t len, struct clnrm_frame *out);

/* Reads payload fields in order.  The first failure is sticky and every later field is 0 or empty. */
struct clnrm_frame_reader {
    struct clnrm_slice rest;
    int status;
};

struct clnrm_frame_reader clnrm_frame_read(struct clnrm_slice payload);
uint8_t clnrm_frame_get_u8(struct clnrm_frame_reader *r);
uint32_t clnrm_frame_get_u32(struct clnrm_frame_reader *r);
uint64_t clnrm_frame_get_u64(struct clnrm_frame_reader *r);
struct clnrm_slice clnrm_frame_get_text(struct clnrm_frame_reader *r);

/* Reads the count of a list: at most CLNRM_FRAME_LIST_MAX, else CLNRM_EPROTO. */
uint32_t clnrm_frame_get_count(struct clnrm_frame_reader *r);

/* Returns 0 when every field was there and nothing is left, else CLNRM_EPROTO. */
int clnrm_frame_done(const struct clnrm_frame_reader *r);

#endif
