/* child.h -- starts one command: everything between clone and exec.
 *
 * The child shares the agent's memory until it execs (as vfork does), so that a start costs no copy
 * of page tables; it reports through `struct clnrm_child`.  The agent waits meanwhile.
 * Layer: agent. */
#ifndef CLNRM_AGENT_CHILD_H
#define CLNRM_AGENT_CHILD_H

#include <sys/types.h>

#include "agent/refusal.h"
#include "agent/user.h"
#include "base/room.h"

struct clnrm_agent;

struct clnrm_child {
    /* in */
    const struct clnrm_spawn_spec *spec;
    int stdio[3];                   /* what becomes 0, 1, 2; none of them below 3 */
    int proc;                       /* /proc of the room, or -1 */
    const struct clnrm_buf *filter; /* NULL: none */
    int view, net;                  /* namespaces that it joins, or -1 */
    int group_count, groups[CLNRM_SPAWN_GROUPS_MAX]; /* files by which it enters its groups */
    int pass_out;                    /* where the listener of its filter goes, or -1: it has none */
    uint64_t pass;                   /* with it: what marks its execveat for the filter */
    const struct clnrm_agent *agent; /* with it: whose guard says what must not be run */
    const struct clnrm_ids *ids;     /* whom it becomes; NULL: nobody else */
    bool guest;                      /* it keeps the rights that the agent was given */
    bool mark;                       /* give it a UTS namespace of its own, as its mark */
    /* out */
    pid_t pid;
    bool noexec;      /* the program is in a place that nothing is executed from */
    bool disallowed;  /* the program is a disallowed command, by the file's name */
    bool blind;       /* it would run disallowed commands in itself */
    uint64_t mark_id; /* number of that namespace; 0: none or not readable */
    struct clnrm_refusal why;
};

/* Starts it.  Returns 0 with `pid` and `mark_id` set, or -errno with `why` filled: then nothing of it
 * is left. */
int clnrm_child_start(struct clnrm_child *child);

/* Runs `run(data)` in a child that shares the agent's memory, and waits until that has exec'ed or
 * ended; it is not reaped here.  Returns its number or -errno. */
int clnrm_child_clone(int (*run)(void *), int flags, void *data);

/* In such a child: leaves the mount namespace for one of its own, in which `ops` are carried out. */
int clnrm_child_private_view(int proc, uint32_t op_count, const struct clnrm_room_op *ops,
                             struct clnrm_refusal *why);

/* The number in a link of /proc/PID/ns ("uts:[4026531838]"), or 0. */
uint64_t clnrm_child_mark(int proc, const char *pid);

#endif
