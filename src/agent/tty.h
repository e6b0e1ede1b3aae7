/* tty.h -- a terminal of the room for one command.
 *
 * It is made where the agent is, on the room's own /dev/pts: in no other room is it seen.  The
 * command leads it, so that its shell has job control and Ctrl-C reaches whatever is in front.
 * Layer: agent. */
#ifndef CLNRM_AGENT_TTY_H
#define CLNRM_AGENT_TTY_H

#include "agent/refusal.h"
#include "agent/user.h"

/* Makes one: `ends[0]` is the command's, `ends[1]` the agent's, which does not block; both close on
 * exec and are the caller's.  It belongs to `owner`, NULL: to the agent's user.  Returns 0, or -errno
 * with `why` filled. */
int clnrm_tty_open(int ends[2], const struct clnrm_ids *owner, struct clnrm_refusal *why);

/* In the child, behind setsid(): makes the terminal at 0 its own.  Returns 0, or -errno with `why`. */
int clnrm_tty_lead(struct clnrm_refusal *why);

/* Changes the size of the terminal at the agent's end.  What cannot be is passed over. */
void clnrm_tty_size(int fd, unsigned rows, unsigned columns);

#endif
