/* stand.h -- the program that stands where one was that must not be run.
 *
 * It is the agent's own, with another role written into the copy: whoever executes it makes a system
 * call that every filter has the kernel ask the agent about, says why, and exits with 126.  Which file
 * it is, or was copied from, not what it says, tells the agent that it was run.  Layer: agent. */
#ifndef CLNRM_AGENT_STAND_H
#define CLNRM_AGENT_STAND_H

#include <sys/stat.h>

#include "agent/guard.h"
#include "agent/view.h"

enum { CLNRM_STAND_EXIT = 126 };

/* Lays it over the file `p`, which must be there.  Returns 0 or -errno. */
int clnrm_stand_cover(struct clnrm_view *v, const struct clnrm_path *p);

/* Takes its name away, when the view is made. */
void clnrm_stand_done(struct clnrm_view *v);

/* Whether this file is it. */
bool clnrm_stand_is(const struct stat *st);

/* Says that process `pid` is about to become it, which was noted. */
void clnrm_stand_expect(pid_t pid);

/* Notes who ran it, if process `pid` is it and that was not noted yet. */
void clnrm_stand_heard(struct clnrm_agent *agent, pid_t pid);

/* Notes who ran it: `pid` has said that it is it. */
void clnrm_stand_told(struct clnrm_agent *agent, pid_t pid);

/* Whether this program is the copy, and what that does. */
bool clnrm_stand_is_this(void);
int clnrm_stand_run(const char *name);

#endif
