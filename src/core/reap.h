/* reap.h -- collects children that have ended: one process, or all of a process group.
 *
 * Children belong to the process, so there is one reaper in it, woken by SIGCHLD through libuv.  It
 * waits for what it was told of and nothing else.
 * Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_REAP_H
#define CLNRM_REAP_H

#include <sys/resource.h>
#include <sys/types.h>
#include <uv.h>

struct clnrm_reap;

/* Reports that child `pid` has ended and is gone.  `pid` 0: no child is left in the group, the watch
 * is over.  May call clnrm_reap_stop on its own watch.  Runs inside a libuv callback. */
typedef void clnrm_reap_cb(void *data, pid_t pid, int wait_status, const struct rusage *usage);

/* The caller's, untouched by it between start and stop. */
struct clnrm_reap {
    pid_t which; /* a process, or minus a process group; 0: not watched */
    clnrm_reap_cb *on_end;
    void *data;
    struct clnrm_reap *next, **prev;
};

/* Watches child `which`, the leader of a process group: when it ends, what is left in the group is
 * killed.  Or, when negative, every child in the group -which.  To be called before the loop turns
 * again after the spawn.  Returns 0 or a negative UV_E* code. */
int clnrm_reap_start(struct clnrm_reap *r, uv_loop_t *loop, pid_t which, clnrm_reap_cb *on_end,
                     void *data);

/* Ends the watch; nothing happens when there is none.  Whoever is left becomes the kernel's. */
void clnrm_reap_stop(struct clnrm_reap *r);

#endif
