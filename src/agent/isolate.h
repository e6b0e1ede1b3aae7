/* isolate.h -- takes the agent out of the host: namespaces, ids, root, devices, rights.
 *
 * Two stages (RELIABILITY §4): the launcher makes the namespaces and the one-line id maps; PID 1,
 * its clone in the new PID namespace, makes the root and gives up what it does not need.  Each
 * function returns 0, or -errno with `why` filled.  Layer: agent. */
#ifndef CLNRM_AGENT_ISOLATE_H
#define CLNRM_AGENT_ISOLATE_H

#include "agent/refusal.h"
#include "agent/view.h"
#include "base/room.h"

/* Launcher: user namespace with its maps, then all the others. */
int clnrm_isolate_namespaces(const struct clnrm_room_spec *spec, struct clnrm_refusal *why);

/* Whether the room's user is root on the host. */
bool clnrm_isolate_from_root(void);

/* Whether the room's root is read-only: its own tmpfs, or an image that was sealed. */
bool clnrm_isolate_is_sealed(void);

/* Mounts the tmpfs that becomes a root.  Returns a descriptor of it, or -errno. */
int clnrm_isolate_mount_root(const struct clnrm_room_spec *spec, struct clnrm_refusal *why);

/* PID 1: private mounts, the shelf, the root of `spec` and entering it.  `v` says afterwards what was made. */
int clnrm_isolate_root(const struct clnrm_room_spec *spec, struct clnrm_view *v,
                       struct clnrm_refusal *why);

/* Brings lo of the current network namespace up.  Returns 0 or -errno. */
int clnrm_isolate_loopback_up(void);

/* PID 1, inside: host name, loopback, keyring, descriptors 0-2, no dumps, no new privileges, empty
 * bounding and ambient sets. */
int clnrm_isolate_self(const struct clnrm_room_spec *spec, struct clnrm_refusal *why);

/* Gives the effective capabilities up (`on` false) and takes them back, around work that is done
 * as the room's user. */
void clnrm_isolate_rights(bool on);

/* Instead of all the above, in a room that others made: nothing is changed, and the rights that the agent
 * has stay on.  Returns 0 or -errno. */
int clnrm_isolate_adopt(void);

/* The capabilities that the agent may use: bit 1 << number. */
uint64_t clnrm_isolate_held(void);

/* Child: gives every capability up for good.  Returns 0 or -errno. */
int clnrm_isolate_drop_rights(void);

#endif
