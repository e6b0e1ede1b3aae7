/* survey_tree.h -- the part of a survey that is about files: what was changed since a time.
 *
 * The kernel sets the time of the last change of state (ctime) by itself, at every change of
 * content, mode, owner, links, attributes and, of a directory, names; nobody in a room can set it.
 * Writing by mmap to a file in memory is the one change that leaves it: what is in those is told.
 * Layer: agent. */
#ifndef CLNRM_AGENT_SURVEY_TREE_H
#define CLNRM_AGENT_SURVEY_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct clnrm_survey_text {
    struct clnrm_buf text;
    bool failed; /* it was too long: what is there is not all */
};

/* Adds a line. */
void clnrm_survey_add(struct clnrm_survey_text *t, char letter, const char *kind, const char *text);

/* Adds what was changed at or after `since` (ns of this machine's clock) in all that `mounts`, a
 * text as of /proc/self/mountinfo, says can be written to. */
void clnrm_survey_files(struct clnrm_survey_text *t, const char *mounts, int64_t since);

#endif
