/* proc.h -- a command on the host: bounded capture of its output, its exit, its end.
 *
 * For what clnrm itself needs from the machine (doctor, git, benchmarks); tests run in rooms.  The
 * command leads a process group of its own, and what is left of that group when it ends is killed.
 * The command itself is killed also when clnrm ends without a close, as by SIGKILL.
 * Descriptors, signals: spawn.h.
 *
 * Ownership: clnrm_proc_open() hands out an object that the caller gives back to clnrm_proc_close()
 * exactly once; a command that still runs is killed then.  Threads: loop thread only.
 * Layer: core. */
#ifndef CLNRM_PROC_H
#define CLNRM_PROC_H

#include <stdbool.h>
#include <sys/resource.h>
#include <uv.h>

#include "base/slice.h"
#include "core/spawn.h"
#include "core/spool.h"

#define CLNRM_PROC_STDIN_MAX (64u * 1024 * 1024)

struct clnrm_proc_spec {
    const char *const *argv, *const *env; /* NULL-terminated */
    const char *path, *cwd;               /* as in spawn.h */
    struct clnrm_slice input;             /* its stdin; copied */
    bool merge;                           /* stderr goes where stdout goes */
    bool inherit;                         /* both go where the caller's go, unkept */
    uint64_t output_max;                  /* kept of each stream: spool.h */
};

/* What is known once it has ended. */
struct clnrm_proc_result {
    int wait_status;
    struct rusage usage;
    uint64_t duration_ns;
};

struct clnrm_proc; /* opaque */

/* Says that the command has ended and its output is whole.  Runs inside a libuv callback. */
typedef void clnrm_proc_cb(void *data);

/* Starts the command.  Returns 0 and stores it in `*out`, or a negative code, with `*stage` set
 * when it was the command that could not be started. */
int clnrm_proc_open(uv_loop_t *loop, const struct clnrm_proc_spec *spec, clnrm_proc_cb *on_end,
                    void *data, struct clnrm_proc **out, enum clnrm_spawn_stage *stage);

/* Returns the command's process number. */
pid_t clnrm_proc_pid(const struct clnrm_proc *p);

/* Sends a signal to the command's group.  Returns 0, or -ESRCH when it has ended. */
int clnrm_proc_signal(struct clnrm_proc *p, int number);

/* Returns the result, or NULL while the command runs. */
const struct clnrm_proc_result *clnrm_proc_result(const struct clnrm_proc *p);

/* Returns what came on stdout (0) or stderr (1). */
const struct clnrm_spool *clnrm_proc_output(const struct clnrm_proc *p, int which);

/* Consumes `p`: kills what runs.  `on_end` does not run after this. */
void clnrm_proc_close(struct clnrm_proc *p);

/* Gives memory of the heap that is free back to the system.  Takes as long as the heap is large. */
void clnrm_proc_trim(void);

#endif
