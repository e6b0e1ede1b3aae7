/* room.h -- what a room and a child in it are made of: the payloads of ROOM, VIEW, SPAWN and EXIT,
 * and where in it something is.
 *
 * The host writes a room as a list of operations on an empty root, in order; the agent carries them
 * out before anything runs in the room.  Which directories are shown is policy of the host
 * (lua/engine/backend/sandbox.lua); that no operation can leave the new root is the agent's.
 *
 * How the agent is started (core/agent.c): from a sealed memfd, argv {"clnrm-agent"}, no
 * environment, directory "/", umask 022, no signal blocked or ignored; 0, 1 and 2 are /dev/null, 3
 * is the stream of frames, and nothing else is open.  The launcher is the leader of a new session,
 * so it has no terminal, and PID 1 must stay in its process group (no setsid, no setpgid): the
 * host kills and reaps both by that group, even when it never learns the number of PID 1.
 *
 * A guest is an agent in a room that others made, a container say (agent/guest.c): `clnrm-agent
 * serve SOCKET KEYFILE [SECONDS]` listens on a unix socket and takes one connection, `clnrm-agent
 * stdio [KEYFILE [SECONDS]]` has the stream of frames in 0 and 1.  The key is 32 to 256 bytes,
 * random ones: in KEYFILE, which the guest removes, or, where that is not given or `-`, in the
 * variable CLNRM_AGENT_KEY.  JOIN brings its first half, READY its second one, so that each side
 * knows the other.  Nobody joins within SECONDS (60): it ends.
 *
 * Ownership: a decoded spec points into the payload that it was decoded from; its lists are
 * allocated and given back with the matching _free().  Layer: base. */
#ifndef CLNRM_ROOM_H
#define CLNRM_ROOM_H

#include "base/frame.h"

#define CLNRM_ROOM_OPS_MAX 1024u
#define CLNRM_ROOM_SPACES_MAX 128u  /* views and networks of a room, together */
#define CLNRM_ROOM_HOSTNAME_MAX 64u /* the kernel's own limit */
#define CLNRM_SPAWN_ARGS_MAX 4096u
#define CLNRM_SPAWN_LIMITS_MAX 16u
#define CLNRM_SPAWN_GROUPS_MAX 4u
#define CLNRM_NO_FILTER UINT32_MAX
#define CLNRM_USER_GROUPS_MAX 64u
#define CLNRM_USER_NAME_MAX 512u
#define CLNRM_KEY_MIN 32u
#define CLNRM_KEY_MAX 256u

/* One step of making a root.  Targets are absolute paths in the new root; parents must exist, a
 * missing mount point is made.  Links in the middle of a target are followed inside the new root
 * only; a ".." in it, or a link as its last part, is refused; of FILE, in a tree that replaced the
 * root, the link is replaced.  RO, RW, COPY and FILL may have the target "/": that tree is then the
 * root.  The tmpfs that is the root is read-only after the last operation. */
enum clnrm_room_op_kind {
    CLNRM_OP_DIR = 'd',   /* mkdir target with mode */
    CLNRM_OP_FILE = 'f',  /* create target with mode, holding `source` */
    CLNRM_OP_LINK = 'l',  /* symlink target -> source */
    CLNRM_OP_RO = 'r',    /* bind host path `source` read-only, recursively, nosuid, nodev */
    CLNRM_OP_RW = 'w',    /* bind host path `source` writable, nosuid, nodev */
    CLNRM_OP_COPY = 'c',  /* host path `source` as the lower layer of a private overlay, whose upper
                             layer is a tmpfs of size and inodes */
    CLNRM_OP_FILL = 'i',  /* copy the files of host path `source` into the directory target: at most
                             size bytes and inodes of them; where no overlay can be had */
    CLNRM_OP_TMPFS = 't', /* new tmpfs at target: mode, size, inodes, flags */
    CLNRM_OP_PROC = 'p',  /* fresh /proc, masked and read-only where RELIABILITY asks */
    CLNRM_OP_DEV = 'v',   /* tmpfs with null zero full random urandom tty, pts, and shm: a tmpfs of
                             size and inodes */
    CLNRM_OP_STAND = 's', /* cover the program target, which must be there, with one that tells */
    CLNRM_OP_MASK = 'm',  /* cover target (a file or a directory) with nothing */
    CLNRM_OP_PLACE =
        'b', /* bind the directory target on itself, nosuid, nodev, with flags: it can be
                             written to also where the tree that is the root becomes read-only */
};

enum {
    CLNRM_OP_OPTIONAL = 1, /* skip when `source` is not there */
    CLNRM_OP_NOEXEC = 2,
    CLNRM_OP_READONLY = 4, /* a tmpfs is made read-only after the last operation, a copy at once */
    CLNRM_OP_FLAGS = 7,    /* all of them; a spec with others is not read */
};

struct clnrm_room_op {
    uint8_t kind;
    uint32_t flags;
    struct clnrm_slice source, target;
    uint32_t mode;
    uint64_t size;   /* bytes of a tmpfs; 0: the kernel's default is never used, it is an error */
    uint64_t inodes; /* likewise */
};

struct clnrm_room_spec {
    struct clnrm_slice hostname;
    uint32_t uid, gid;               /* as seen inside; the one id that is mapped */
    uint64_t root_size, root_inodes; /* of the tmpfs that is the root */
    uint32_t op_count;
    struct clnrm_room_op *ops;
    uint32_t shelf_count; /* paths of the host that only views may show: operations that bind, on */
    struct clnrm_room_op *shelf; /* "/name"; the source "@name" in a view is what lies there */
};

enum {
    CLNRM_SPAWN_STDIN = 1,      /* stdin is a pipe fed by STDIN frames; else /dev/null */
    CLNRM_SPAWN_KEEP_GROUP = 2, /* a service: processes that outlive the main one are not killed
                                   when it exits, only when the operation is cancelled or closed */
    CLNRM_SPAWN_MERGE = 4,      /* stderr goes where stdout goes */
    CLNRM_SPAWN_TTY = 8,        /* 0, 1 and 2 are a terminal, which the command leads: what STDIN
                                   brings is typed there, what it shows comes as STDOUT */
    CLNRM_SPAWN_FLAGS = 15,     /* all of them; a spec with others is not read */
};

struct clnrm_limit {
    uint32_t resource; /* RLIMIT_* */
    uint64_t value;    /* soft and hard; never raised above what the agent has */
};

enum clnrm_user_kind {
    CLNRM_USER_SAME, /* the agent's own, and its rights: as the room was made */
    CLNRM_USER_IDS,
    CLNRM_USER_NAME, /* looked up in the room's own /etc/passwd and /etc/group */
};

/* Whom a command runs as.  Who is neither root nor the agent's own has no capabilities. */
struct clnrm_user {
    uint8_t kind;
    uint32_t uid, gid, group_count; /* of CLNRM_USER_IDS; the groups are the supplementary ones */
    uint32_t *groups;
    struct clnrm_slice name; /* of CLNRM_USER_NAME: "user" or "user:group", names or numbers */
};

struct clnrm_spawn_spec {
    uint32_t flags, filter;      /* slot of a FILTER, or CLNRM_NO_FILTER */
    uint32_t credit;             /* bytes of output that may be sent before the first CREDIT */
    uint64_t deadline_us;        /* 0: none; then the whole group is killed */
    uint32_t view, net;          /* ids of a VIEW and a NET; 0: the room's own */
    struct clnrm_slice hostname; /* "": the room's */
    uint32_t
        groups; /* descriptors of cgroups' entries that come with the first byte of the frame: the
                        command enters each before it is anything else, or is not started */
    struct clnrm_user user;
    struct clnrm_slice cwd;
    uint32_t argc, envc, limit_count, op_count;
    struct clnrm_slice *argv, *env; /* argv[0] without a slash is looked up in the env's PATH */
    struct clnrm_limit *limits;
    struct clnrm_room_op
        *ops; /* a private view: carried out in a mount namespace of the child's own,
                                  targets in the root of `view`; none: the child shares that */
};

/* A TCP port of the room.  Networks that it makes have nothing but loopback. */
struct clnrm_address {
    uint32_t net; /* id of a NET; 0: the room's own */
    uint32_t ip;  /* in 127.0.0.0/8: 127.0.0.1 is 0x7f000001 */
    uint32_t port;
};

/* How a bridge carries its connections.  All zero: at once, whatever comes. */
struct clnrm_shape {
    bool held;          /* nothing is carried; what comes waits */
    uint64_t delay_us;  /* of each piece, on each of the two ways */
    uint32_t loss_ppm;  /* share of the pieces, and of new connections, that come late, as lost
                           packets of TCP do: after 200 ms, twice as long each further time */
    uint64_t bandwidth; /* bytes a second on each way, of all connections together; 0: no limit */
    uint64_t seed;      /* of what is lost */
};

enum { CLNRM_SHAPE_DELAY_MAX_US = 600 * 1000 * 1000 };

enum { CLNRM_EXITED = 'x', CLNRM_SIGNALLED = 's' };

struct clnrm_exit {
    uint8_t kind;      /* CLNRM_EXITED or CLNRM_SIGNALLED */
    uint32_t value;    /* exit code or signal */
    uint8_t timed_out; /* the deadline passed and the agent killed the group */
    uint32_t signals;  /* SIGNAL and CANCEL frames that found the command alive, with no end begun:
                          what the host sent after these came too late */
    uint64_t user_us, system_us, max_rss_kb, duration_us;
    uint64_t stdout_bytes, stderr_bytes; /* all that were written, sent or not */
    uint32_t leaked;                     /* processes that outlived the command and were killed */
    struct clnrm_slice leak_names;       /* "name;port;port,name", at most 256 bytes */
};

/* Each adds one whole frame to `out`.  Returns 0, or CLNRM_ELIMIT; then nothing was added. */
int clnrm_room_spec_write(const struct clnrm_room_spec *spec, struct clnrm_buf *out);
int clnrm_view_spec_write(uint32_t op_count, const struct clnrm_room_op *ops, uint32_t id,
                          struct clnrm_buf *out);
int clnrm_spawn_spec_write(const struct clnrm_spawn_spec *spec, uint32_t id, struct clnrm_buf *out);
int clnrm_exit_write(const struct clnrm_exit *e, uint32_t id, struct clnrm_buf *out);
int clnrm_join_write(struct clnrm_slice half, struct clnrm_buf *out);

/* Each reads one payload.  Returns 0, or CLNRM_EPROTO; then there is nothing to free. */
int clnrm_room_spec_read(struct clnrm_slice payload, struct clnrm_room_spec *out);
int clnrm_view_spec_read(struct clnrm_slice payload, uint32_t *op_count,
                         struct clnrm_room_op **ops); /* `ops` is free()d */
int clnrm_spawn_spec_read(struct clnrm_slice payload, struct clnrm_spawn_spec *out);
int clnrm_exit_read(struct clnrm_slice payload, struct clnrm_exit *out);
int clnrm_join_read(struct clnrm_slice payload, struct clnrm_slice *half);

/* The two halves of a key: what JOIN says, and what READY answers. */
struct clnrm_slice clnrm_key_ask(struct clnrm_slice key);
struct clnrm_slice clnrm_key_answer(struct clnrm_slice key);

/* Whether two texts are equal, in a time that does not tell where they differ. */
bool clnrm_key_equal(struct clnrm_slice a, struct clnrm_slice b);

/* Add and take the fields of an address; one that no room has makes the reader fail.  A bridge may
 * have any: in a room that others made there are other networks than loopback. */
void clnrm_address_put(struct clnrm_frame_writer *w, const struct clnrm_address *at);
struct clnrm_address clnrm_address_get(struct clnrm_frame_reader *r);
struct clnrm_address clnrm_address_get_any(struct clnrm_frame_reader *r);

/* The same of a shape. */
void clnrm_shape_put(struct clnrm_frame_writer *w, const struct clnrm_shape *shape);
struct clnrm_shape clnrm_shape_get(struct clnrm_frame_reader *r);

void clnrm_room_spec_free(struct clnrm_room_spec *spec);
void clnrm_spawn_spec_free(struct clnrm_spawn_spec *spec);

#endif
