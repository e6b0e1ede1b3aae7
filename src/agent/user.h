/* user.h -- whom a command runs as.
 *
 * Names are looked up as Docker does it, in the room's own files, which its host cannot see: "user" has
 * the group of its line in /etc/passwd and every group whose line in /etc/group lists it; "user:group"
 * has just that group; a number that no line has is taken as it is, with group 0.  Layer: agent. */
#ifndef CLNRM_AGENT_USER_H
#define CLNRM_AGENT_USER_H

#include "agent/refusal.h"
#include "base/room.h"

struct clnrm_ids {
    uint32_t uid, gid, count, groups[CLNRM_USER_GROUPS_MAX];
    bool is_same; /* what the agent is already */
};

/* Finds who it is, and whether a command of theirs could be started and ended: else stage "user" with
 * ENOENT for an unknown name, EPERM without the rights.  Returns 0 or -errno with `why` filled. */
int clnrm_user_find(const struct clnrm_user *user, bool guest, struct clnrm_ids *out,
                    struct clnrm_refusal *why);

/* Child: becomes it.  Returns 0 or -errno with `why` filled. */
int clnrm_user_become(const struct clnrm_ids *ids, struct clnrm_refusal *why);

/* Lets the agent look into processes of another user, which the kernel allows to that user alone, and
 * ends that.  Its effective user stays, so that it keeps its rights.  Without CAP_SETUID and CAP_SETGID
 * nothing is changed: no command has another user then. */
void clnrm_user_look_as(uint32_t uid, uint32_t gid);
void clnrm_user_look_back(void);

#endif
