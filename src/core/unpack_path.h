/* unpack_path.h -- what names an archive may have: checked before anything is done with them.
 * Layer: core. */
#ifndef CLNRM_UNPACK_PATH_H
#define CLNRM_UNPACK_PATH_H

#include <limits.h>
#include <stdbool.h>

#define CLNRM_UNPACK_DEPTH_MAX 64

struct clnrm_unpack_path {
    char text[PATH_MAX]; /* "usr/bin/x"; "" is the root itself */
    char parent[PATH_MAX];
    const char *leaf; /* in `text` */
    int depth;
};

/* Takes a name apart.  Returns NULL, or what is wrong with it: absolute, "..", an empty or "." part (but
 * for a leading "./" and one slash at the end), too long, nested too deep. */
const char *clnrm_unpack_path_parse(const char *name, struct clnrm_unpack_path *out);

/* Says whether what a symbolic link in the folder `parent` points to stays in the root, by its text:
 * an absolute target begins at the root.  Returns NULL, or what is wrong. */
const char *clnrm_unpack_link_problem(const char *parent, const char *target);

#endif
