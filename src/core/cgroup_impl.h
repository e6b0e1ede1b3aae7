/* cgroup_impl.h -- what cgroup.c and cgroup_find.c share.
 *
 * Layer: core. */
#ifndef CLNRM_CGROUP_IMPL_H
#define CLNRM_CGROUP_IMPL_H

#include "core/cgroup.h"

extern const char *const clnrm_cgroup_names[CLNRM_CGROUP_PARTS];

/* The file that holds the limit. */
const char *clnrm_cgroup_file(int version, int part);

/* Writes the name of this process's group number `number` to `out`, which it returns. */
char *clnrm_cgroup_name(char *out, size_t size, unsigned number);

/* Joins two parts of a path; the caller frees it. */
char *clnrm_cgroup_path(const char *dir, const char *name);

#endif
