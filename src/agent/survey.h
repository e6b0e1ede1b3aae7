/* survey.h -- SURVEY: what there is in a room, as lines of text, so that looks can be compared.
 *
 * Only looks; what the lines mean for the next user of the room is policy of the host.  Each is a
 * letter, a blank and a text in which "\" and bytes below a blank are written as \ooo:
 *
 *   t SINCE WALL STEADY SETS the time that was asked for, and what clocks of the agent's machine
 *                            said before it looked, in ns: the one of which the kernel takes the
 *                            times of files, and one that nobody sets; how often the first was
 *                            set since the agent looked for the first time
 *   p PID NAME               a process other than the agent
 *   m LINE                   a mount, as /proc/self/mountinfo has it
 *   u BLOCKS FILES MOUNT     what is used of a tmpfs that can be written to
 *   f KIND MODE UID GID SIZE LINKS INODE MTIME CTIME PATH
 *                            a file in what can be written to whose state was changed at or after
 *                            the time that was asked for; times in ns.  All files of a tmpfs
 *   c PATH (a tab) CONTENT   what is in a file of a tmpfs, or of an overlay's layer in one that the
 *                            agent made
 *   i KIND LINE              System V: shm, msg or sem, as /proc/sysvipc has it
 *   q NAME                   a POSIX message queue
 *   n LINE                   sockets, as /proc/net/sockstat and sockstat6 count them;
 *   n unix LINE, n packet LINE   one of these
 *   k NUMBER...              keys of the kernel that commands share
 *   h NAME DOMAIN            of the machine
 *   a LINE                   what commands inherit from the agent
 *   ! WHAT                   could not be looked at
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_SURVEY_H
#define CLNRM_AGENT_SURVEY_H

#include "agent/job.h"

/* Answers like GET and returns 0, or CLNRM_EPROTO. */
int clnrm_survey(struct clnrm_agent *agent, const struct clnrm_frame *frame);

#endif
