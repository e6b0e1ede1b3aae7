/* exec.h -- decides about programs: from where they are run, and under which names.
 *
 * From a place that nothing is executed from (noexec) the kernel itself runs and maps nothing; here it
 * is told who tried.  Disallowed commands that were found when the room was made are covered by files
 * (stand.h), whatever is read here; the others (in the PATH of one command, made in the room since)
 * are refused by what is read: their names and those of their files.
 * Layer: agent. */
#ifndef CLNRM_AGENT_EXEC_H
#define CLNRM_AGENT_EXEC_H

#include "agent/call.h"

enum clnrm_exec_kind {
    CLNRM_EXEC_FREE,
    CLNRM_EXEC_CLOSED,     /* it, what runs it, or its loader is where nothing is executed from */
    CLNRM_EXEC_DISALLOWED, /* it, or what runs it, is a disallowed command */
    CLNRM_EXEC_BLIND, /* it runs programs in itself, of which disallowed ones would not be seen */
    CLNRM_EXEC_STAND, /* what stands in for one */
};

/* Looks at a program that this process is about to start; `argv` ends with NULL. */
enum clnrm_exec_kind clnrm_exec_look(const struct clnrm_agent *agent, const char *path,
                                     char *const *argv);

/* Each decides about one call, as clnrm_call_decide() does: execve (`argv` is an address in its
 * memory), mmap, mprotect. */
int clnrm_exec_decide(struct clnrm_agent *agent, const struct clnrm_call *c, int dir, uint64_t path,
                      uint64_t argv);
int clnrm_exec_mapping(struct clnrm_agent *agent, const struct clnrm_call *c);
int clnrm_exec_protect(struct clnrm_agent *agent, const struct clnrm_call *c);

#endif
