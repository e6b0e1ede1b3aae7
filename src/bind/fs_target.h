/* fs_target.h -- the arguments that the functions of core.fs share: a place, modes, maxima; how they
 * end, and what they tell of a file.
 *
 * What is checked here raises when it is misused.  Layer: bind. */
#ifndef CLNRM_FS_TARGET_H
#define CLNRM_FS_TARGET_H

#include "bind/bind.h"
#include "core/fs.h"

#define CLNRM_FS_ROOT "core.fs.root"

struct clnrm_fs_root {
    char *path; /* NULL once closed; for messages */
    int fd;
};

/* A place as the arguments say it. */
struct clnrm_fs_target {
    struct clnrm_fs_place place;
    const char *op;
    int next;   /* first argument behind the path */
    int status; /* -EINVAL: a NUL in the path */
};

/* Counts a call that looks at the file system, or changes it.  Returns how many there were by now
 * in this process. */
lua_Integer clnrm_fs_count(int more);

/* Takes a path from argument `arg`, valid while that is on the stack; sets `*status` to -EINVAL
 * when there is a NUL in it.  Counts the call. */
const char *clnrm_fs_check_path(lua_State *L, int arg, int *status);

/* Takes the place of (path, ...) anywhere, or of root:f(path, ...) below the root. */
struct clnrm_fs_target clnrm_fs_check_target(lua_State *L, const char *op);

/* Takes a second path of the same call, at argument t->next. */
struct clnrm_fs_target clnrm_fs_check_second(lua_State *L, const struct clnrm_fs_target *t);

/* Takes the option `name` of the table at `arg`: permission bits. */
mode_t clnrm_fs_check_mode(lua_State *L, int arg, const char *name, mode_t fallback);

/* Takes the option "mode"; CLNRM_FS_MODE_KEEP unless it is there. */
int clnrm_fs_check_new_mode(lua_State *L, int arg);

/* Takes the option "max", 0 or more. */
lua_Integer clnrm_fs_check_max(lua_State *L, int arg, lua_Integer fallback);

/* Pushes nil and an error about `path`.  Returns 2. */
int clnrm_fs_fail(lua_State *L, const char *op, const char *path, int status);

/* Ends a call that has nothing to give but that it went well.  Returns how many values it
 * pushed. */
int clnrm_fs_done(lua_State *L, const struct clnrm_fs_target *t, int status);

/* Names a kind of clnrm_fs_stat and clnrm_fs_entry. */
const char *clnrm_fs_kind_name(char kind);

/* Pushes a table that describes a file. */
void clnrm_fs_push_stat(lua_State *L, const struct clnrm_fs_stat *st);

#endif
