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

/* Sends all that is in the open file `fd` as the answer to operation `id`, like one to GET, and closes it;
 * `fd` may be -errno, which is then the answer. */
void clnrm_file_send(struct clnrm_agent *agent, uint32_t id, int fd, uint32_t credit);

#endif
