/* tree.h -- copies a tree of files of the host into a room: what an overlay would show, where none can
 * be made.
 *
 * Folders, regular files and links; devices, FIFOs and sockets are left out, set-user-ID bits are
 * dropped.  What the agent may not read is there, and cannot be read either.  Layer: agent. */
#ifndef CLNRM_AGENT_TREE_H
#define CLNRM_AGENT_TREE_H

#include <stdint.h>

#define CLNRM_TREE_DEPTH_MAX 128

/* Copies what is in the directory `from` (O_PATH will do) into the directory `to`.  Returns 0,
 * -ENOSPC beyond `size` bytes or `inodes` files, -E2BIG when nested too deep, or another -errno. */
int clnrm_tree_copy(int from, int to, uint64_t size, uint64_t inodes);

#endif
