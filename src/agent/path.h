/* path.h -- opens paths below a root without ever leaving it.
 *
 * Layer: agent. */
#ifndef CLNRM_AGENT_PATH_H
#define CLNRM_AGENT_PATH_H

#include <limits.h>

#include "base/slice.h"

/* An absolute path taken apart: no empty, "." or ".." part. */
struct clnrm_path {
    char text[PATH_MAX]; /* "usr/share/x"; "" is the root itself */
    char parent[PATH_MAX];
    const char *leaf; /* the last part of `text`; "" for the root */
};

enum { CLNRM_PATH_NO_LINKS = 1 /* refuse links in the middle too */ };

/* Takes `path` apart.  Returns 0, -EINVAL for one that is not absolute, has a NUL or a "..", or
 * -ENAMETOOLONG. */
int clnrm_path_parse(struct clnrm_slice path, struct clnrm_path *out);

/* Opens `relative` ("" is the root itself) below the directory `root`, following links inside it
 * only and no magic links at all.  Returns a close-on-exec descriptor or -errno.  Kernels without
 * openat2 get a walk that refuses every link. */
int clnrm_path_open(int root, const char *relative, int flags, unsigned mode, int how);

#endif
