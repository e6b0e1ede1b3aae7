/* step.h -- a command of the host running in the room: SPAWN to EXIT.
 *
 * Which processes belong to a step: those in a UTS namespace of its own, which every descendant
 * inherits and none can leave (no capabilities), whatever it does with sessions, groups and parents.
 * When the command has ended, what is left of them and does not end by itself within 50 ms is killed,
 * counted and named, and only then, with the pipes read to their end, EXIT is sent.  Layer: agent. */
#ifndef CLNRM_AGENT_STEP_H
#define CLNRM_AGENT_STEP_H

#include "agent/job.h"

/* Carries out SPAWN.  Returns 0 (also when the command could not be started: DONE was sent), or
 * CLNRM_EPROTO. */
int clnrm_step_spawn(struct clnrm_agent *agent, const struct clnrm_frame *frame);

/* Reaps what has ended and moves the steps it concerns on. */
void clnrm_step_reap(struct clnrm_agent *agent);

/* The host that started the steps is gone, and the room stays.  With `ends` they are killed, but for
 * services (KEEP_GROUP); what goes on has its outputs read and dropped, and nothing of it is told to a
 * later host. */
void clnrm_step_orphan_all(struct clnrm_agent *agent, bool ends);

/* Kills everything in the room; beside a first process of others, what the agent has started.  Returns how many processes were alive. */
unsigned clnrm_step_kill_all(struct clnrm_agent *agent);

#endif
