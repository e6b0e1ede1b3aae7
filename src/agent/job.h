/* job.h -- one running operation of the host: a step, a file, a connection.
 *
 * Ownership: the agent's list owns its jobs; a job that ends calls clnrm_job_end() and is freed at
 * the end of the turn.  Layer: agent. */
#ifndef CLNRM_AGENT_JOB_H
#define CLNRM_AGENT_JOB_H

#include <poll.h>

#include "agent/channel.h"
#include "agent/door.h"
#include "base/room.h"

enum {
    CLNRM_JOBS_MAX = 512,
    CLNRM_JOB_FDS_MAX = 4,
    CLNRM_BASE_FDS = 4, /* the agent's own: frames in, signals, frames out, the door */
    CLNRM_FILTERS_MAX = 8,
    CLNRM_FILTER_BYTES_MAX = 32 * 1024, /* 4096 instructions: the kernel's own limit */
};

struct clnrm_agent;
struct clnrm_guard;
struct clnrm_job;
struct clnrm_polls;

struct clnrm_job_kind {
    /* Adds the descriptors it waits for. */
    void (*want)(struct clnrm_job *job, struct clnrm_polls *polls);
    /* One of them is ready. */
    void (*ready)(struct clnrm_job *job, int fd, short events);
    /* A frame with its id.  Returns 0, or CLNRM_EPROTO for one that such a job cannot have. */
    int (*frame)(struct clnrm_job *job, const struct clnrm_frame *frame);
    /* The time that `due_us` named has come. */
    void (*due)(struct clnrm_job *job);
    /* Closes what it holds; the memory is the list's. */
    void (*drop)(struct clnrm_job *job);
};

struct clnrm_job {
    struct clnrm_job *next;
    struct clnrm_agent *agent;
    const struct clnrm_job_kind *kind;
    uint32_t id;
    bool ended;
    uint64_t due_us; /* CLOCK_MONOTONIC; 0: never */
};

struct clnrm_polls {
    int count;
    struct pollfd fds[CLNRM_BASE_FDS + CLNRM_JOBS_MAX * CLNRM_JOB_FDS_MAX];
    struct clnrm_job *owners[CLNRM_BASE_FDS + CLNRM_JOBS_MAX * CLNRM_JOB_FDS_MAX];
};

/* A view or a network of the room (space.h). */
struct clnrm_space {
    uint32_t id;
    uint8_t type; /* CLNRM_FRAME_VIEW or CLNRM_FRAME_NET */
    int ns;       /* its namespace */
    int root;     /* of a view: its root directory; else -1 */
};

struct clnrm_agent {
    struct clnrm_channel channel;
    struct clnrm_guard *guard; /* NULL: nothing is watched */
    struct clnrm_job *jobs;
    int job_count;
    uint32_t next_accept;   /* ids of ACCEPT */
    int proc;               /* the room's /proc, or -1 */
    uint64_t keep_until_us; /* after KEEP: when the room ends without a host; else 0 */
    struct clnrm_door door; /* after KEEP: where later hosts come in */
    bool unmarked;          /* steps cannot be given a namespace of their own (no rights) */
    bool guest;             /* the room was made by others: no namespaces, only what it started */
    const char *socket;     /* of a guest: the path at which it was joined; NULL: by its stdin */
    bool reaping;           /* a child may have changed state: look */
    struct clnrm_buf filters[CLNRM_FILTERS_MAX];
    bool filter_done[CLNRM_FILTERS_MAX];
    struct clnrm_space spaces[CLNRM_ROOM_SPACES_MAX];
    int space_count, bridged; /* connections of all bridges */
    struct clnrm_polls polls;
};

uint64_t clnrm_now_us(void);

/* Adds a zeroed job of `size` bytes (its first member is the struct clnrm_job).  Returns NULL when
 * there are CLNRM_JOBS_MAX. */
void *clnrm_job_add(struct clnrm_agent *agent, uint32_t id, const struct clnrm_job_kind *kind,
                    size_t size);

/* The running job with `id`, or NULL. */
struct clnrm_job *clnrm_job_find(struct clnrm_agent *agent, uint32_t id);

/* Ends `job`: nothing of it is called any more but drop(). */
void clnrm_job_end(struct clnrm_job *job);

/* Drops and frees the ended ones. */
void clnrm_job_sweep(struct clnrm_agent *agent);

void clnrm_polls_add(struct clnrm_polls *polls, struct clnrm_job *owner, int fd, short events);

#endif
