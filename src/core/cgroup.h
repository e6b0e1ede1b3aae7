/* cgroup.h -- groups of processes with limits that the kernel enforces: memory, pids, cpu.
 *
 * Groups are made below the one in which clnrm itself runs, so they add to its limits and never widen
 * them: in hierarchies of version 1, else in the one of version 2 where the controllers are delegated.
 * A part that is in neither, or may not be written, cannot be limited, and that is said.  A process
 * enters through a descriptor of its `tasks` or cgroup.procs, before it runs anything.
 *
 * The name of a group carries the process that made it, so that what a killed clnrm left is told from
 * what a living one uses, and can be removed by the next.
 * Threads: loop thread only.  Layer: core. */
#ifndef CLNRM_CGROUP_H
#define CLNRM_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum clnrm_cgroup_part {
    CLNRM_CGROUP_MEMORY,
    CLNRM_CGROUP_PIDS,
    CLNRM_CGROUP_CPU,
    CLNRM_CGROUP_PARTS,
};

/* Where groups with this part are made. */
struct clnrm_cgroup_place {
    int version;   /* 0: nowhere */
    char *dir;     /* NULL: nowhere */
    char why[256]; /* a sentence, when nowhere */
};

struct clnrm_cgroup; /* opaque */

struct clnrm_cgroup_limits {
    uint64_t memory;         /* bytes, swap included where the kernel counts it; 0: no limit */
    uint64_t pids;           /* processes and threads; 0: no limit */
    uint32_t cpu_millicores; /* 1000: as much as one CPU gives; 0: no limit */
    bool holds_groups;       /* others can be made within this one, beside what enters it itself */
    const struct clnrm_cgroup *within; /* one that holds groups: its limits hold, too; or NULL */
};

struct clnrm_cgroup_events {
    uint64_t oom_kills;    /* processes that the kernel killed for the limit of memory */
    uint64_t pids_refused; /* forks that failed for the limit of pids */
    uint64_t memory_peak;  /* bytes; 0: unknown */
};

/* Returns where groups are made, by part; looked for once. */
const struct clnrm_cgroup_place *clnrm_cgroup_places(void);

/* Makes a group.  Returns 0, -ENOTSUP when a limit cannot be enforced here, or another negative code;
 * then `why` is a sentence and nothing is left of it. */
int clnrm_cgroup_make(const struct clnrm_cgroup_limits *limits, char *why, size_t size,
                      struct clnrm_cgroup **out);

/* The descriptors that a process enters by writing "0" to each, owned by `group`.  Returns how many. */
enum { CLNRM_CGROUP_FDS_MAX = CLNRM_CGROUP_PARTS };
int clnrm_cgroup_fds(const struct clnrm_cgroup *group, int fds[CLNRM_CGROUP_FDS_MAX]);

/* The directories of the group; `i` from 0 on.  Returns NULL behind the last. */
const char *clnrm_cgroup_dir(const struct clnrm_cgroup *group, int i);

/* Changes limits that the group has; 0 leaves one as it is.  Returns 0, -ENOENT when it has no such limit,
 * -EBUSY when it uses more memory than that: then nothing was changed. */
int clnrm_cgroup_change(const struct clnrm_cgroup *group, uint64_t memory, uint32_t cpu_millicores);

/* Reads what happened in it.  Returns 0 or a negative code. */
int clnrm_cgroup_events(const struct clnrm_cgroup *group, struct clnrm_cgroup_events *out);

/* Consumes `group`.  Returns 0, or -EBUSY when processes are still in it: then it is removed by a later
 * sweep, or when the program ends. */
int clnrm_cgroup_close(struct clnrm_cgroup *group);

/* Removes the empty groups that nobody uses: of programs that were killed, and closed ones of this.
 * Returns how many. */
unsigned clnrm_cgroup_sweep(void);

#endif
