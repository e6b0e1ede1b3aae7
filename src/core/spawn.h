/* spawn.h -- starts a program with exactly what it is given: descriptors, environment, directory.
 *
 * As cheap from a large process as from a small one: the child shares the memory until it execs, as
 * vfork does.  The child starts with no signal blocked or ignored, umask 022, and no descriptor but
 * those that are named.  Nobody else may wait for it: reap.h does.
 * Threads: loop thread only (the child runs on one static stack).  Layer: core. */
#ifndef CLNRM_SPAWN_H
#define CLNRM_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

enum { CLNRM_SPAWN_FDS_MAX = 8 };

/* What the child could not do; names are in clnrm_spawn_stage_name. */
enum clnrm_spawn_stage {
    CLNRM_STAGE_NONE,
    CLNRM_STAGE_CLONE,
    CLNRM_STAGE_FDS,
    CLNRM_STAGE_CHDIR,
    CLNRM_STAGE_EXEC,
};

struct clnrm_spawn {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked up in `path` */
    const char *const *env;  /* NULL-terminated; all of the child's environment */
    const char *path;        /* directories with colons between; NULL: argv[0] as it is */
    const char *cwd;         /* NULL: the caller's */
    int exec_fd;             /* the program itself, an ELF file; -1: by argv[0] */
    int fds[CLNRM_SPAWN_FDS_MAX]; /* become 0, 1, 2...; -1 is /dev/null */
    unsigned fd_count;
    bool new_session; /* leader of a new session, without a terminal; else of a new process group */
    bool dies_with_us; /* SIGKILL when this thread has ended, however; but for a setuid program */
};

/* Starts it and stores its number in `*pid`.  Returns 0, or -errno with `*stage` set; then there is
 * no child. */
int clnrm_spawn(const struct clnrm_spawn *s, pid_t *pid, enum clnrm_spawn_stage *stage);

/* Returns "exec" for CLNRM_STAGE_EXEC, and so on. */
const char *clnrm_spawn_stage_name(enum clnrm_spawn_stage stage);

#endif
