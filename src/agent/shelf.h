/* shelf.h -- paths of the host that a room keeps for its views and does not show itself.
 *
 * They are bound in a mount namespace of their own, which has nothing else, before the room gives the
 * host's root up; the agent holds it by a descriptor.  A source "@name" of an operation takes one from
 * there.  Needs open_tree and move_mount (Linux 5.2) when it is used.  Layer: agent. */
#ifndef CLNRM_AGENT_SHELF_H
#define CLNRM_AGENT_SHELF_H

#include "agent/refusal.h"
#include "base/room.h"

/* PID 1, while the host's root is there: makes the shelf of `spec`, if it has one.  Returns 0, or
 * -errno with `why` filled. */
int clnrm_shelf_make(const struct clnrm_room_spec *spec, struct clnrm_refusal *why);

/* Takes what `ops` name from the shelf (`proc`: the room's /proc): `trees[i]` becomes a descriptor of a tree of mounts, or -1 when
 * the source of ops[i] is a path.  For a child in the mount namespace to which it returns; `trees` has
 * CLNRM_SHELF_TREES_MAX elements, more operations than that may not take anything.  Returns 0, or
 * -errno with `why` filled. */
enum { CLNRM_SHELF_TREES_MAX = 256 };
int clnrm_shelf_take(int proc, uint32_t count, const struct clnrm_room_op *ops, int *trees,
                     struct clnrm_refusal *why);

#endif
