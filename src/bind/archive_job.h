/* archive_job.h -- what core.archive does in a thread of libuv's pool, while a task waits for it.
 *
 * Ownership: the job belongs to the object on the waiting coroutine's stack until it is over, and to
 * itself when that is collected first, or the task is cancelled: then the thread is told to stop.
 * Threads: `run` only in the pool, all else on the loop thread.  Layer: bind. */
#ifndef CLNRM_ARCHIVE_JOB_H
#define CLNRM_ARCHIVE_JOB_H

#include "bind/bind.h"
#include "core/archive_list.h"
#include "core/fs.h"
#include "core/tree_digest.h"
#include "core/unpack.h"

#define CLNRM_ARCHIVE_JOB "core.archive" /* the type of the object */

struct clnrm_archive_job {
    uv_work_t request;
    struct clnrm_signal *signal;
    atomic_bool cancel;
    bool is_over, is_orphan, wants_full;
    const char *op;
    int (*run)(struct clnrm_archive_job *job);              /* in the thread */
    int (*push)(lua_State *L, struct clnrm_archive_job *j); /* the results of one that went well */
    int status, fd, dir;
    int64_t files, bytes;
    char name[CLNRM_FS_NAME_MAX];
    struct clnrm_layer layer;
    struct clnrm_unpack_result unpacked;
    struct clnrm_archive_list list;
    struct clnrm_tree_digest digest;
    struct clnrm_digest raw, plain;
};

/* Pushes an object with a new job, which it owns.  `op` names it in errors: a literal.  What is put in
 * `fd`, `dir`, `layer` and `list` is given back with the job. */
struct clnrm_archive_job *clnrm_archive_job_new(lua_State *L, const char *op);

/* Runs `j`, whose object is on top, and parks the task: use with return.  The results are those of
 * `push`, or nil and an error. */
int clnrm_archive_job_start(lua_State *L, struct clnrm_archive_job *j);

/* Pushes nil and the error of a job that ended, or could not begin, with `status`.  Returns 2. */
int clnrm_archive_job_fail(lua_State *L, struct clnrm_archive_job *j, int status);

/* __gc of the object: a thread that still runs is told to stop. */
int clnrm_archive_job_close(lua_State *L);

#endif
