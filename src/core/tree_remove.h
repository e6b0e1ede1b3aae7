/* tree_remove.h -- removes a tree that cannot be deep, fast: one pass, a descriptor for each level.
 *
 * clnrm_fs_remove_tree() manages any depth with few descriptors, and reads a folder again for each
 * folder in it; trees of images are wide.  Threads: any.  Layer: core. */
#ifndef CLNRM_TREE_REMOVE_H
#define CLNRM_TREE_REMOVE_H

/* Removes `name` in the folder `dir` with all below it; fine when it is not there.  Follows no link.
 * Returns 0, -E2BIG when it is nested too deep, or another -errno; what was removed stays removed. */
int clnrm_tree_remove(int dir, const char *name);

#endif
