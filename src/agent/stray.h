/* stray.h -- the processes of the room, as /proc shows them.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_STRAY_H
#define CLNRM_AGENT_STRAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct clnrm_stray {
    pid_t pid, parent, group, session;
    uint64_t born; /* in ticks since the boot: with `pid` it names one process for good */
    bool alive;    /* neither a zombie nor gone */
    bool ending;   /* its end has begun: the kernel kills it, or it is about to be a zombie */
    uint64_t mark; /* its UTS namespace, which tells the step it descends from; 0: not readable */
    char name[17];
};

typedef void clnrm_stray_cb(void *data, const struct clnrm_stray *stray);

/* The number of the newest process of the room: as long as it stays the same nothing was forked.
 * Returns 0 when it cannot be read. */
unsigned clnrm_stray_newest(int proc);

/* Calls `each` for every process of the room but the agent.  A process that forks and ends
 * meanwhile may be missed when the numbers start over: see clnrm_stray_newest().  `proc` is a descriptor of the room's /proc.
 * Returns 0 or -errno. */
int clnrm_stray_each(int proc, clnrm_stray_cb *each, void *data);

/* The same for what descends from the agent, which is the parent of all orphans among it. */
int clnrm_stray_each_own(int proc, clnrm_stray_cb *each, void *data);

/* Sends a signal to just this process, and to no other that has got its number meanwhile. */
void clnrm_stray_signal(int proc, const struct clnrm_stray *stray, int signal);

/* Whether the end of a process has begun, though it is no zombie yet. */
bool clnrm_stray_is_ending(int proc, pid_t pid);

#endif
