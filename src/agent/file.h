/* file.h -- files of the room: PUT, GET, STAT.
 *
 * Done as the room's user: the agent's own rights are laid down meanwhile, and no magic link of
 * /proc is followed.  Each returns 0 (what the world refused is answered by DONE) or CLNRM_EPROTO.
 * Layer: agent. */
#ifndef CLNRM_AGENT_FILE_H
#define CLNRM_AGENT_FILE_H

#include "agent/job.h"

int clnrm_file_put(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_file_get(struct clnrm_agent *agent, const struct clnrm_frame *frame);
int clnrm_file_stat(struct clnrm_agent *agent, const struct clnrm_frame *frame);

#endif
