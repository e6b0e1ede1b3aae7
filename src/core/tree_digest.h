/* tree_digest.h -- tells whether a tree of files is still what it was.
 *
 * Two digests: `full`, of names, kinds, modes, links and contents; and `quick`, of what the kernel
 * notes of each file (number, size, times of its content and of its inode), which reads no content.  The
 * time of the inode is set by the kernel at every change, and by nobody else, so an equal `quick` means
 * that nothing was changed through the file system.  Threads: any.  Layer: core. */
#ifndef CLNRM_TREE_DIGEST_H
#define CLNRM_TREE_DIGEST_H

#include <stdatomic.h>

#include "core/hash.h"

#define CLNRM_TREE_DIGEST_DEPTH_MAX 256

struct clnrm_tree_digest {
    struct clnrm_digest quick, full; /* XXH128; full.len is 0 when it was not asked for */
    int64_t files, bytes;
};

/* Goes through the folder `dir`; follows no link.  Returns 0, -E2BIG when nested too deep, -ECANCELED,
 * or another -errno. */
int clnrm_tree_digest(int dir, bool wants_full, const atomic_bool *cancel,
                      struct clnrm_tree_digest *out);

#endif
