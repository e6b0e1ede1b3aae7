/* mount_old.h -- recursive read-only binds for kernels older than 5.12.
 *
 * mount(2) sets flags on one mount only, so every mount of the bound tree is remounted by its path
 * in /proc/self/mountinfo and the list is read again to see that none was missed; anything else is a
 * refusal.  Layer: agent. */
#ifndef CLNRM_AGENT_MOUNT_OLD_H
#define CLNRM_AGENT_MOUNT_OLD_H

#include <stdint.h>

/* As clnrm_mount_bind().  Needs /proc of the host. */
int clnrm_mount_old_bind(int source, int target, uint64_t attr);

#endif
