/* resolve.h -- what a process means by a path, as it sees it.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_RESOLVE_H
#define CLNRM_AGENT_RESOLVE_H

#include <sys/types.h>

/* Opens (O_PATH, the last link followed) the file of an absolute path of the process or thread `pid`.
 * `proc` is the room's /proc.  Returns a descriptor, or a negative errno. */
int clnrm_resolve(int proc, pid_t pid, const char *path);

#endif
