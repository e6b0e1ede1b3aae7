/* agent.h -- the host's end of a room: starts the agent, speaks its frames, ends the room.
 *
 * Mechanism only.  Policy (what a room shows, limits, environment) lives in
 * lua/engine/backend/sandbox.lua; it arrives here as encoded frames (core/sandbox.h).
 *
 * A room is lost when its agent ends, breaks the protocol or stays silent past a deadline.  Then
 * every operation that is not over ends with CLNRM_EAGENT (CLNRM_EPROTO: the protocol was broken) and
 * the room's reason: the end of the stream is never success.  An operation is over only by the agent's
 * own last frame for it.
 *
 * Ownership: open and every operation hand out an object that the caller gives back with the matching
 * _release() exactly once, in any order; releasing what is not over ends it.  Callbacks say "look
 * again": they run inside libuv callbacks, may call anything here, and do not run after the release.
 * Threads: loop thread only.  Layer: core -- must not include lua.h. */
#ifndef CLNRM_AGENT_H
#define CLNRM_AGENT_H

#include <stdbool.h>
#include <uv.h>

#include "base/room.h"
#include "core/spool.h"

#define CLNRM_AGENT_OPS_MAX 1024u                 /* operations of a room at once */
#define CLNRM_AGENT_WINDOW (1024u * 1024u)        /* credit for the output of one operation */
#define CLNRM_AGENT_INPUT_MAX (64u * 1024 * 1024) /* bytes that wait to be sent for one operation */
#define CLNRM_AGENT_GET_MAX (UINT64_C(1) << 32)   /* bytes of one file that is fetched */
#define CLNRM_AGENT_LIST_MAX 64u                  /* facts of isolation; notes */

/* How long things may take.  The one place where they are changed is the test of what follows. */
struct clnrm_agent_times {
    unsigned ready_ms;    /* for the room to be made */
    unsigned answer_ms;   /* for an operation to move on */
    unsigned deadline_ms; /* past a command's own deadline, for the agent to kill it */
    unsigned close_ms;    /* for the agent to close the room; then SIGKILL */
    unsigned reap_ms;     /* for the kernel to end what was killed */
    unsigned grace_ms;    /* once more, before something counts as late: we may have been stopped */
};
extern struct clnrm_agent_times clnrm_agent_times;

struct clnrm_agent;    /* opaque: one room */
struct clnrm_agent_op; /* opaque: one operation in it */

typedef void clnrm_agent_cb(void *data);

enum clnrm_agent_state {
    CLNRM_AGENT_STARTING,
    CLNRM_AGENT_READY,
    CLNRM_AGENT_CLOSING, /* asked to close, or lost */
    CLNRM_AGENT_ENDED,   /* and no process of it is left */
};

/* A pair of texts: of READY, what was isolated by what; of a NOTE, its kind and what was seen. */
struct clnrm_agent_fact {
    char *name, *what;
};

/* An attempt at something forbidden (base/guard.h); texts are never NULL. */
struct clnrm_agent_report {
    uint8_t kind;
    uint64_t count;
    uint32_t step, pid;
    char *name, *argv, *what;
};

struct clnrm_agent_info {
    enum clnrm_agent_state state;
    int status; /* 0, or why the room is lost or was refused: CLNRM_EAGENT, _EPROTO, _EROOM */
    const char *reason; /* a sentence, when status is not 0 */
    uint32_t
        pid; /* of the agent as the host sees it (of a guest: as the kernel does); 0: unknown */
    uint32_t killed; /* processes that were alive at the close */
    bool guest;      /* the room was made by others */
    bool stuck;      /* something of it did not die within reap_ms */
    uint32_t isolation_count, note_count;
    const struct clnrm_agent_fact *isolation, *notes;
    uint32_t report_count;
    const struct clnrm_agent_report *reports;
};

/* Starts an agent and sends it `frames` (ROOM, FILTERs and GUARD, encoded).  Returns 0, or a negative code;
 * then there is no process.  `on_change` runs when the state or status has changed. */
int clnrm_agent_open(uv_loop_t *loop, struct clnrm_slice frames, clnrm_agent_cb *on_change,
                     void *data, struct clnrm_agent **out);

/* The same with an agent that is already at the other end of the stream socket `fd`, which is
 * consumed; nothing is reaped.  Used by tests. */
int clnrm_agent_attach(uv_loop_t *loop, int fd, struct clnrm_slice frames,
                       clnrm_agent_cb *on_change, void *data, struct clnrm_agent **out);

/* Joins the guest (base/room.h) that is at the other end of the stream socket `fd`, which is consumed.
 * Until it is ready `timeout_ms` may pass.  `key` is the whole key, `pid` the agent's number on this
 * machine or 0, `frames` what else it is told (FILTERs and GUARD, encoded).  Nothing is reaped: the room
 * has ended with its stream.  -EINVAL for a key of a wrong length. */
struct clnrm_agent_guest {
    struct clnrm_slice key, frames;
    pid_t pid;
    unsigned timeout_ms;
};
int clnrm_agent_join(uv_loop_t *loop, int fd, const struct clnrm_agent_guest *guest,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent **out);

/* The process that listens at the other end of a connected unix socket, as this one numbers it; 0: it
 * has no number here. */
pid_t clnrm_agent_peer(int fd);

/* Looks for a guest that may not listen yet, once a millisecond until `timeout_ms` have passed. */
struct clnrm_agent_search;
int clnrm_agent_search(uv_loop_t *loop, const char *path, unsigned timeout_ms,
                       clnrm_agent_cb *on_change, void *data, struct clnrm_agent_search **out);

/* Returns a connected socket, which is the caller's; -EAGAIN while it goes on; or why it has failed: the
 * last failure of connect(2) when the time is over. */
int clnrm_agent_search_take(struct clnrm_agent_search *search);

/* Consumes `search` (may be NULL); `on_change` does not run afterwards. */
void clnrm_agent_search_release(struct clnrm_agent_search *search);

/* Makes a unix socket at `path` that listens, for clnrm_agent_keep(); nobody but this user can connect.
 * Returns a descriptor or -errno: -EEXIST when something is there. */
int clnrm_agent_door(const char *path);

/* Writes the agent's program into the directory `dir` and tells its `path` there: for guests.  Its name
 * says its content and its mode is 0555; a file that is right already stays.  Returns 0 or a negative
 * code: -ENOEXEC when there is none in this build, -ENAMETOOLONG. */
int clnrm_agent_file(const char *dir, char *path, size_t size);

/* Returns what is known now; valid until the loop turns. */
struct clnrm_agent_info clnrm_agent_info(const struct clnrm_agent *a);

/* Asks the room to end.  Operations that are not over end with CLNRM_EAGENT.  The state becomes
 * ENDED when every process is gone. */
void clnrm_agent_close(struct clnrm_agent *a);

/* Consumes `a`; a room that has not ended is killed. */
void clnrm_agent_release(struct clnrm_agent *a);

/* Keeps the memory of `a` after its release, not the room; each hold is given back once. */
void clnrm_agent_hold(struct clnrm_agent *a);
void clnrm_agent_unhold(struct clnrm_agent *a);

/* Consumes `a` after clnrm_agent_keep(): nothing of the room is ended. */
void clnrm_agent_leave(struct clnrm_agent *a);

/* Operations.  Each returns 0 and stores the operation, or a negative code: CLNRM_EAGENT or _EPROTO in
 * a room that is lost, CLNRM_ECLOSED in one that is closing, CLNRM_ELIMIT. */

/* Starts a command.  `flags` & CLNRM_SPAWN_STDIN: feed it by clnrm_agent_op_write.  The credit is
 * filled in here.  `groups` holds as many descriptors as the spec says; they are copied.  Bytes past `output_max` of a stream are counted and cut (spool.h). */
int clnrm_agent_spawn(struct clnrm_agent *a, const struct clnrm_spawn_spec *spec, const int *groups,
                      uint64_t output_max, clnrm_agent_cb *on_change, void *data,
                      struct clnrm_agent_op **out);

/* Makes another view of the room's files, or another network, that stays until the room ends.  When it
 * is over with status 0, its id names the view or network; 0 is the room's own. */
int clnrm_agent_view(struct clnrm_agent *a, uint32_t op_count, const struct clnrm_room_op *ops,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);
int clnrm_agent_net(struct clnrm_agent *a, clnrm_agent_cb *on_change, void *data,
                    struct clnrm_agent_op **out);

/* Writes a file in a view of the room; `content` is copied. */
int clnrm_agent_put(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint32_t mode,
                    struct clnrm_slice content, clnrm_agent_cb *on_change, void *data,
                    struct clnrm_agent_op **out);

/* Fetches the first `max` bytes of a file into the operation's output 0. */
int clnrm_agent_get(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint64_t max,
                    clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Fetches what there is in the room, and which files were changed since a time of the clock of the
 * agent's machine (agent/survey.h; UINT64_MAX: since a second ago), as the content of a file. */
int clnrm_agent_survey(struct clnrm_agent *a, uint64_t since_ns, clnrm_agent_cb *on_change,
                       void *data, struct clnrm_agent_op **out);

/* Looks at a path. */
int clnrm_agent_stat(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Connects to a port of the room once, and ends with status 0 when that worked.  With an `owner`, a
 * command, the port must be its own: stage "owner", `what` "PID NAME" when another process holds it, and
 * -ESRCH when nothing of the command is left. */
int clnrm_agent_probe(struct clnrm_agent *a, const struct clnrm_address *at,
                      const struct clnrm_agent_op *owner, clnrm_agent_cb *on_change, void *data,
                      struct clnrm_agent_op **out);

/* Opens a byte stream to a port of the room. */
int clnrm_agent_dial(struct clnrm_agent *a, const struct clnrm_address *at,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Makes the room outlive this program by `seconds` (at most a day).  When the operation is over with
 * status 0, clnrm_agent_leave() gives the room up without ending it.  `door` is a socket that listens (it stays the
 * caller's), where later hosts join with `key` as they join a guest; -1: nobody comes later. */
int clnrm_agent_keep(struct clnrm_agent *a, uint32_t seconds, int door, struct clnrm_slice key,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Listens on a port of the room and carries its connections to another one, until the release. */
int clnrm_agent_bridge(struct clnrm_agent *a, const struct clnrm_address *at,
                       const struct clnrm_address *to, clnrm_agent_cb *on_change, void *data,
                       struct clnrm_agent_op **out);

/* Changes how a bridge carries.  Over with status 0, `what` of its info is how many pieces the shape
 * before held back; -ESRCH: the bridge is over. */
int clnrm_agent_shape(const struct clnrm_agent_op *bridge, const struct clnrm_shape *shape,
                      clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Makes the file system of a directory full until the release, unless more than `max` bytes of it are
 * free; `what` of its info is how many bytes that took. */
int clnrm_agent_fill(struct clnrm_agent *a, uint32_t view, struct clnrm_slice path, uint64_t max,
                     clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

/* Listens on a port of the room; `on_accept` gets a stream for each connection, and owns it.
 * Without on_accept set by clnrm_agent_op_accept, connections are refused. */
int clnrm_agent_relay(struct clnrm_agent *a, const struct clnrm_address *at,
                      clnrm_agent_cb *on_change, void *data, struct clnrm_agent_op **out);

enum clnrm_agent_op_state {
    CLNRM_OP_ASKED,   /* nothing came back yet */
    CLNRM_OP_RUNNING, /* STARTED, FILE, or the DONE of a stream, relay, bridge or fill came */
    CLNRM_OP_OVER,    /* its last frame came, or the room is lost */
};

struct clnrm_agent_op_info {
    enum clnrm_agent_op_state state;
    int status;         /* 0, -errno of what failed, CLNRM_EAGENT, CLNRM_EPROTO */
    const char *stage;  /* where it failed, as the agent named it; "" otherwise */
    const char *what;   /* what that was about: a path; or what came of it; "" otherwise */
    const char *reason; /* of the lost room; "" otherwise */
    uint32_t id;        /* of a view or a network: its name */
    uint32_t pid;       /* SPAWN: in the room */
    bool has_exit;      /* SPAWN: EXIT came, `exit` holds */
    struct clnrm_exit exit;
    uint8_t file_kind; /* GET, STAT: 'f' 'd' 'l' 'o' '-' */
    uint32_t file_mode;
    uint64_t file_size;
    uint64_t input_left; /* bytes given to write() that are not sent yet */
    size_t unread;       /* stream: bytes that take() would give */
    bool ended;          /* stream: the other side sends no more */
};

/* Returns what is known now; texts are valid until the release. */
struct clnrm_agent_op_info clnrm_agent_op_info(const struct clnrm_agent_op *op);

/* Returns what came on stdout (0) or stderr (1), or of the fetched file (0). */
const struct clnrm_spool *clnrm_agent_op_output(const struct clnrm_agent_op *op, int which);

/* Gives bytes to the child's stdin or to the stream; copied.  Returns 0, CLNRM_ELIMIT when too much
 * waits, -EPIPE when it takes no more.  The callback runs when all are sent (`input_left` 0). */
int clnrm_agent_op_write(struct clnrm_agent_op *op, struct clnrm_slice bytes);

/* Says that no more will be written: closes stdin, or our half of the stream. */
void clnrm_agent_op_end(struct clnrm_agent_op *op);

/* Takes at most `len` bytes that came over the stream; returns how many. */
size_t clnrm_agent_op_take(struct clnrm_agent_op *op, char *to, size_t len);

/* Sends a signal to the command's process group.  Returns 0, or -ESRCH when it is not running. */
int clnrm_agent_op_signal(struct clnrm_agent_op *op, uint32_t number);

/* Changes the size of the command's terminal.  Returns 0, or -ESRCH when it is not running. */
int clnrm_agent_op_resize(struct clnrm_agent_op *op, uint32_t rows, uint32_t columns);

/* Ends the operation: a command is killed and its EXIT still comes. */
void clnrm_agent_op_cancel(struct clnrm_agent_op *op);

/* Hands each connection of a relay to `on_accept(data, stream)`; the stream has no callback until
 * clnrm_agent_op_listen. */
typedef void clnrm_agent_accept_cb(void *data, struct clnrm_agent_op *stream);
void clnrm_agent_op_accept(struct clnrm_agent_op *op, clnrm_agent_accept_cb *on_accept, void *data);
void clnrm_agent_op_listen(struct clnrm_agent_op *op, clnrm_agent_cb *on_change, void *data);

/* Consumes `op`; what is not over is cancelled. */
void clnrm_agent_op_release(struct clnrm_agent_op *op);

#endif
