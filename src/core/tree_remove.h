/* tree_remove.h -- removes a tree of any depth and width: each folder is read once, with a fixed
 * number of descriptors.
 *
 * What a folder holds is read as a whole: files go at once, the names of folders are kept until it is
 * their turn, so memory grows with the folders that are still to be entered.  Threads: any.
 * Layer: core. */
#ifndef CLNRM_TREE_REMOVE_H
#define CLNRM_TREE_REMOVE_H

#include <stddef.h>

#define CLNRM_TREE_REMOVE_DEPTH_MAX 10000

/* Removes `name` in the folder `dir` with all below it; fine when it is not there, or goes meanwhile.
 * Follows no link, opens folders that were closed to their owner, stays on one file system (-EXDEV at
 * a mount).  CLNRM_ELIMIT beyond `max` entries below it or CLNRM_TREE_REMOVE_DEPTH_MAX; -ESTALE when a
 * folder was moved away meanwhile.  What was removed before a failure stays removed. */
int clnrm_tree_remove(int dir, const char *name, size_t max);

#endif
