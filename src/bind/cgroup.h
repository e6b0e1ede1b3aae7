/* cgroup.h -- groups of core.cgroup for other modules.
 *
 * Layer: bind. */
#ifndef CLNRM_BIND_CGROUP_H
#define CLNRM_BIND_CGROUP_H

#include "bind/bind.h"
#include "core/cgroup.h"

/* The group at `index`; raises when it is none, or closed. */
const struct clnrm_cgroup *clnrm_check_cgroup(lua_State *L, int index);

#endif
