/* cgroup_impl.h -- what cgroup.c, cgroup_find.c and cgroup_sweep.c share.
 *
 * Layer: core. */
#ifndef CLNRM_CGROUP_IMPL_H
#define CLNRM_CGROUP_IMPL_H

#include "core/cgroup.h"

extern const char *const clnrm_cgroup_names[CLNRM_CGROUP_PARTS];

/* The file that holds the limit. */
const char *clnrm_cgroup_file(int version, int part);

/* The file by which a process that has one thread enters: it writes "0" there.  Of version 1 that is
 * `tasks`: for a thread that moves itself the kernel takes no lock of all forks, which for
 * cgroup.procs costs a grace period of RCU (docs/decisions.md has the figures). */
const char *clnrm_cgroup_entry(int version);

/* Writes the name of this process's group number `number` to `out`, which it returns. */
char *clnrm_cgroup_name(char *out, size_t size, unsigned number);

/* Whether this process has a group of that name open. */
bool clnrm_cgroup_is_open(const char *name);

/* Finds the directory below which groups with this part would be, without trying to make one.  Returns
 * its version; 0: there is none. */
enum { CLNRM_CGROUP_DIR_MAX = 8192 };
int clnrm_cgroup_find(int part, char *dir, size_t size);

/* Joins two parts of a path; the caller frees it. */
char *clnrm_cgroup_path(const char *dir, const char *name);

#endif
