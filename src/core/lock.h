/* lock.h -- a lock between processes: a file that one of them at most holds, or several share (flock).
 *
 * The kernel gives it back when its holder ends, whichever way.  The file stays; what is in it means
 * nothing.  Two locks of one process exclude each other as well.
 * Ownership: a descriptor, closed by the caller; that gives the lock back.  Threads: any.
 * Layer: core. */
#ifndef CLNRM_LOCK_H
#define CLNRM_LOCK_H

#include <stdbool.h>

/* Takes the lock at `path`, a file that is made (mode 0600) when it is not there; never through a
 * link.  Shared: beside others who share it.  Stores the descriptor and returns 0; -EAGAIN when
 * another holds it; -ELOOP, -EACCES... */
int clnrm_lock_try(const char *path, bool shared, int *out);

#endif
